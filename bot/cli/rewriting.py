"""Changing `recipients` in a configuration that people wrote: only there, comments kept, and the result is proven."""

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from core.disk import write_whole
from core.domain.errors import PlanBlocked

_ARRAY = re.compile(r"""(?<![\w"'-])recipients[ \t]*=[ \t]*\[""")
# What lies in an array of plain strings; no escapes: a recipient has none.
_TOKEN = re.compile(
    r"""(?P<text>"[^"\\\n]*"|'[^'\n]*')|(?P<comment>\#[^\n]*)|(?P<comma>,)|(?P<end>\])|(?P<space>\s+)"""
)

_LINE_END = re.compile(r"\A(?P<space>[ \t]*),?(?P<comment>[ \t]*(\#[^\n]*)?)")


def with_recipients(text: str, wanted: Sequence[str], *, name: str) -> str:
    """The configuration with `wanted` in keys.recipients, and not one other value changed.

    `wanted` may replace recipients in place, and have more at its end.

    Raises:
        PlanBlocked: the file is not in a shape that can be edited; the lines to paste are in the hint.
    """
    intent = tomllib.loads(text)
    intent["keys"]["recipients"] = list(wanted)
    candidates = (_edited(text, found.end(), wanted) for found in _ARRAY.finditer(text))
    for candidate in candidates:
        if candidate is not None and _means(candidate, intent):
            return candidate
    lines = ",\n  ".join(json.dumps(recipient) for recipient in wanted)
    raise PlanBlocked(
        f"{name} is written in a way that is not changed by program",
        hint=f"put this into its [keys] table yourself:\nrecipients = [\n  {lines},\n]",
    )


def _means(text: str, intent: object) -> bool:
    try:
        return tomllib.loads(text) == intent
    except tomllib.TOMLDecodeError:
        return False


def _edited(text: str, start: int, wanted: Sequence[str]) -> str | None:
    """The text with the array that begins at `start` changed, or None where something else stands in it."""
    words, place = [], start
    while (found := _TOKEN.match(text, place)) is not None and found.lastgroup != "end":
        if found.lastgroup == "text":
            words.append(found)
        place = found.end()
    if found is None or not words or len(words) > len(wanted):
        return None
    pieces, place = [], start
    for word, recipient in zip(words, wanted, strict=False):
        kept = word.group()[1:-1] == recipient
        pieces += [text[place : word.start()], word.group() if kept else json.dumps(recipient)]
        place = word.end()
    more = _more(text[start : words[0].start()], text[place:], wanted[len(words) :])
    return text[:start] + "".join(pieces) + more


def _more(before: str, behind: str, added: Sequence[str]) -> str:
    """What follows the last one, with the added: on lines of their own where the first one stands on its own."""
    if not added or "\n" not in before:
        return "".join(f", {json.dumps(recipient)}" for recipient in added) + behind
    indent = before[before.rindex("\n") :]
    lines = "".join(f"{indent}{json.dumps(recipient)}," for recipient in added)
    # A comment stays with the one that it is beside.
    return _LINE_END.sub(lambda found: f",{found['space']}{found['comment']}{lines}", behind, count=1)


def rewrite(path: Path, text: str) -> Path:
    """Put the text in place of the file, with its owner and mode; the old one is kept as the .bak that is returned."""
    target = path.resolve()
    status, old = target.stat(), target.read_bytes()
    kept = target.with_name(f"{target.name}.bak")
    for place, content in ((kept, old), (target, text.encode())):
        write_whole(place, [content], mode=status.st_mode & 0o777, owner=(status.st_uid, status.st_gid))
    return kept
