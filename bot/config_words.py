"""What is wrong with a configuration, in words: the dotted path as it was written, and what was expected there."""

from collections.abc import Mapping

# pydantic's words, in ours. What is not here is said in pydantic's.
_WORDS: Mapping[str, str] = {
    "missing": "missing",
    "extra_forbidden": "unknown key",
    "string_type": "expected text in quotes",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "list_type": "expected a list: [ … ]",
    "dict_type": "expected a table",
    "path_type": "expected a path in quotes",
    "model_type": "expected a table",
    "model_attributes_type": "expected a table",
    "union_tag_not_found": "expected a table with a `kind`",
}

_PATTERNS: Mapping[str, str] = {
    "recipients": "expected an age recipient (age1…)",
    "trusted": "expected a public signing key (RW…)",
    "channel": "expected a channel name (#opers)",
    "fingerprint": "expected a SHA-256 fingerprint: 64 hexadecimal digits",
    "name": "expected letters, digits, '.', '_' or '-'",
}


def mistake(raw: object, error: object) -> str:
    """One of pydantic's errors about `raw`, as a line for the operator; never a value."""
    item = dict(error) if isinstance(error, Mapping) else {}
    loc: tuple[str | int, ...] = item["loc"]
    path = _dotted(raw, loc) + ".kind" * (item["type"] == "union_tag_invalid")
    return f"{path or 'the file'}: {_expected(item, path)}"


def _expected(item: Mapping[str, object], path: str) -> str:
    kind = str(item["type"])
    if kind == "string_pattern_mismatch":
        field = next((part for part in reversed(path.split(".")) if not part.isdigit()), "")
        return _PATTERNS.get(field, "has characters that are not allowed here")
    if kind == "too_short" and path == "keys.recipients":
        return (
            "expected at least two: this host's, and a recovery key that lies elsewhere (`backupserv keygen` makes one)"
        )
    if kind in {"model_type", "dict_type", "model_attributes_type"} and path.endswith(
        ("password", "passphrase", "key")
    ):
        return 'expected where the secret lies: { file = "…" }, { credential = "…" } or { env = "…" }'
    if kind == "union_tag_invalid":
        context = item.get("ctx")
        tags = context.get("expected_tags", "") if isinstance(context, Mapping) else ""
        return f"unknown kind; expected one of {tags}"
    message = str(item["msg"]).removeprefix("Value error, ")
    return _WORDS.get(kind, message[:1].lower() + message[1:])


def _has(place: object, step: str | int) -> bool:
    if isinstance(place, dict):
        return step in place
    return isinstance(place, list) and isinstance(step, int) and step < len(place)


def _dotted(raw: object, loc: tuple[str | int, ...]) -> str:
    """The path as the operator wrote it: pydantic also names the chosen member of a union, which is not in the file."""
    parts: list[str] = []
    place: object = raw
    for index, step in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(place, dict) and place.get("kind") == step:
            continue  # the member of a union, named by its `kind`; a key may bear the same name
        if _has(place, step):
            place = place[step]  # type: ignore[index]  # _has looked
        elif not last:
            continue
        parts.append(str(step))
    return ".".join(part for part in parts if part != "[key]")
