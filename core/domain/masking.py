"""Lines of a configuration without what is secret in them. What may be a secret is taken for one.

It knows names that secrets have (`password "…";` of UnrealIRCd, `password="…"` of InspIRCd, `Password = …` of ngIRCd
and Atheme, `DB_PASSWORD=…` of a .env file, JSON, YAML, PHP), blocks of such names, PEM blocks, hashes, and what stands
in addresses.
"""

import re
from collections.abc import Iterable, Iterator

HIDDEN = "(hidden)"
_NEXT = "next line"
_PATHS = r"(?![\w.\-]*(?:file|path|passive)(?![\w.\-]))"  # what only says where a secret lies
_WORD = rf"(?<![\w.\-]){_PATHS}[\w.\-]*(?:pass|pwd|secret|token|key|hash|salt|credential|webhook|private|dsn)[\w.\-]*"
_QUOTED = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
_BETWEEN = r"(?:[\"']?\s*(?:=>|[:=,])\s*|\s+)"
# A name and a value in quotes, wherever they stand.
_NAMED = re.compile(rf"(?P<name>{_WORD}{_BETWEEN})(?P<value>{_QUOTED})", re.IGNORECASE)
# A name and a value that ends with the line, or is the only other word of it.
_BARE = re.compile(
    rf"^(?P<name>\s*(?:[#;/*]*\s*)(?:export\s+|-\s+|set\s+)?[\"']?{_WORD}[\"']?\s*(?:=>|[:=])\s*)(?P<value>[^\s\"'].*)$",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"^(?P<name>\s*(?:[#;/*]*\s*){_WORD}\s+)(?P<value>[^\s\"'{{}}=:]+?)(?P<end>;?\s*)$", re.IGNORECASE)
_OPENED = re.compile(rf"(?P<name>{_WORD}{_BETWEEN})(?P<quote>[\"'])(?P<value>[^\"']*)$", re.IGNORECASE)
_BLOCK = re.compile(rf"(?P<name>(?:^|[\s;{{]){_WORD}[^{{}};=]*[{{\[])(?P<rest>.*)$", re.IGNORECASE)
_HEADING = re.compile(rf"^(?P<indent>\s*)[\"']?{_WORD}[\"']?\s*(?P<sign>=>|[:=])?\s*[|>]?[+\-]?\s*$", re.IGNORECASE)
_STRING = re.compile(rf"{_QUOTED}|[^\s\"'{{}};,\[\]]+")
_COMMENT = re.compile(r"\s*(?:#|;|//)")
_PEM = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]+-----")
_LOGIN = re.compile(r"(?P<name>\b[\w+.\-]+://[^\s/:@\"']*:)[^\s@/\"']+(?=@)")
_HOOK = re.compile(r"(?P<name>\bhttps?://[^\s/\"'<>]*/)(?P<value>[^\s\"'<>]*)", re.IGNORECASE)
_HASH = re.compile(r"\$(?:[\w\-]+)\$[\w./+=,$\-]{8,}")
_LONG = re.compile(r"(?<![\w+=])(?=[\w+=]*\d)[A-Za-z0-9+=_]{28,}(?![\w+=])")


def masked(lines: Iterable[str]) -> Iterator[str]:
    """The same lines, each without its secrets. All of a file, from its start: some secrets have many lines."""
    inside = ""  # what ends the secret that we are in: "-----END", a quote, a bracket, the next line, its indent
    for line in lines:
        if inside:
            shown, inside = _within(line, inside)
        else:
            shown, inside = _line(line)
        yield shown


def _within(line: str, ending: str) -> tuple[str, str]:
    if ending == _NEXT or ending.isspace():
        return _under_heading(line, ending)
    place = line.find(ending)
    if ending in "}]" and place < 0:
        return _STRING.sub(HIDDEN, line), ending
    if place < 0:
        return HIDDEN, ending
    if ending == "-----END":
        return HIDDEN, ""
    head = _STRING.sub(HIDDEN, line[:place]) if ending in "}]" else HIDDEN
    shown, inside = _line(line[place + 1 :])
    return f"{head}{ending}{shown}", inside


def _line(line: str) -> tuple[str, str]:
    pem = _PEM.search(line)
    if pem is not None:
        return HIDDEN, "-----END" if pem[1] == "BEGIN" and "-----END" not in line[pem.end() :] else ""
    named = _NAMED.sub(_hide_value, line)
    block = _BLOCK.search(named)
    if block is not None and not _COMMENT.match(named) and not named[: block.start()].strip().startswith("<"):
        return _block(named, block)
    opened = _OPENED.search(named)
    if opened is not None and not _COMMENT.match(named):
        return _plain(named[: opened.end("name")]) + HIDDEN, opened["quote"]
    heading = _HEADING.match(named)
    if heading is not None and not _COMMENT.match(named):
        return _plain(named), f" {heading['indent']}" if heading["sign"] == ":" else _NEXT
    for pattern in (_BARE, _ALONE):
        found = pattern.match(named)
        if found is not None and found["value"] != HIDDEN:
            end = found.groupdict().get("end") or ""
            return f"{_plain(found['name'])}{HIDDEN}{end}", ""
    return _plain(named), ""


def _under_heading(line: str, ending: str) -> tuple[str, str]:
    """After a name that stands alone: what the next line holds, or all lines that are further in (YAML)."""
    if not line.strip():
        return line, ending
    if ending != _NEXT:
        deeper = len(line) - len(line.lstrip()) >= len(ending)
        return (HIDDEN, ending) if deeper else _line(line)
    if line.strip() in {"{", "["}:
        return line, "}" if "{" in line else "]"
    opened = re.fullmatch(r"\s*([\"'])[^\"']*", line)
    return (HIDDEN, opened[1]) if opened else (_STRING.sub(HIDDEN, line), "")


def _block(line: str, block: re.Match[str]) -> tuple[str, str]:
    ending = "}" if block["name"].endswith("{") else "]"
    place = block["rest"].find(ending)
    head = _plain(line[: block.end("name")])
    if place < 0:
        return head + _STRING.sub(_hide, block["rest"]), ending
    rest, inside = _line(block["rest"][place + 1 :])
    return head + _STRING.sub(_hide, block["rest"][:place]) + ending + rest, inside


def _hide(found: re.Match[str]) -> str:
    return found[0] if found[0] == HIDDEN else HIDDEN


def _hide_value(found: re.Match[str]) -> str:
    quote = found["value"][0]
    return f"{found['name']}{quote}{HIDDEN}{quote}"


def _plain(line: str) -> str:
    """What is secret by its look, whatever its name."""
    line = _LOGIN.sub(rf"\g<name>{HIDDEN}", line)
    line = _HOOK.sub(_hide_hook, line)
    line = _HASH.sub(HIDDEN, line)
    return _LONG.sub(HIDDEN, line)


def _hide_hook(found: re.Match[str]) -> str:
    return f"{found['name']}{HIDDEN}" if "hook" in found[0].lower() else found[0]
