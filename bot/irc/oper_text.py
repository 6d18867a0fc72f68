"""What numeric 313 says beside "is an operator": the oper block and its class, where the server tells them.

The shapes are those of UnrealIRCd 6, InspIRCd 3 and 4, and Solanum, as an operator sees them. Elsewhere (ngIRCd, Ergo)
the text is anybody's own words. No text ever makes an operator: the numeric alone does.
"""

import re
from dataclasses import dataclass

_WORD = r"[^\s()\[\],]{1,100}"
_SHAPES = {
    "unrealircd": re.compile(rf"is an IRC Operator \((?P<name>{_WORD})\) \[(?P<kind>{_WORD})\]"),
    "solanum": re.compile(rf"is opered as (?P<name>{_WORD}), privset (?P<kind>{_WORD})"),
    "inspircd": re.compile(r"is an? (?P<kind>[^\s()][^()]{0,99})"),
}


@dataclass(frozen=True, slots=True)
class OperBlock:
    """Whose rights these are, in the server's configuration; "" for what it does not tell."""

    name: str = ""
    kind: str = ""


def oper_block(text: str, software: str, network: str) -> OperBlock:
    """What a 313 of that software says."""
    shape = _SHAPES.get(software)
    if software == "inspircd" and network:
        text = text.removesuffix(f" on {network}")  # InspIRCd 3 says on which network
    found = shape.fullmatch(text) if shape is not None else None
    return OperBlock(**found.groupdict()) if found is not None else OperBlock()


# "has client certificate …", "has TLS (SSL) client certificate …" (InspIRCd 3), "has old client certificate …" (4)
_FINGERPRINT = re.compile(r"has [\w ()]{0,30}certificate fingerprint ([0-9a-fA-F:]{2,200})")


def fingerprint(text: str) -> str | None:
    """The fingerprint in a 276, in lower-case hex; InspIRCd 4 tells older forms of it in lines of their own."""
    found = _FINGERPRINT.fullmatch(text.strip())
    return found[1].replace(":", "").lower() if found is not None else None
