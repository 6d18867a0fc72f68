"""Text into lines that the protocol can carry: nothing cut inside a character, nothing that ends a line early."""

import re
from collections.abc import Iterator

LINE = 510  # bytes of a line without its CR LF (RFC 1459 §2.3)
_SMALLEST = 16  # bytes of text in a line, whatever the server says about our own name
_ENDS = str.maketrans(dict.fromkeys("\r\n\0", " "))
# Colours with their numbers, and what turns bold and the like on: https://modern.ircdocs.horse/formatting. And letters
# that turn the direction of writing: a name that holds one makes a plan read as another one.
_STYLES = re.compile(
    "\x03(?:\\d{1,2}(?:,\\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|"
    "[\x02\x0f\x11\x16\x1d\x1e\x1f\u202a-\u202e\u2066-\u2069]"
)


def sanitise(text: str) -> str:
    """The text without what could end a line or hide one: CR, LF, NUL become spaces, lone surrogates "?"."""
    return text.translate(_ENDS).encode("utf-8", "replace").decode()


def plain(text: str) -> str:
    """The text without colours and other formatting: it reads the same everywhere, and no line is cut inside one.

    A piece that began with 0x01 would be a CTCP request, whoever wrote it.
    """
    return _STYLES.sub("", text).replace("\x01", " ")


def printable(text: str, most: int = 200) -> str:
    """What somebody else wrote, fit for a log or a sentence of ours: one line, no control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:most])


def split(text: str, room: int) -> Iterator[str]:
    """`text` in pieces of at most `room` bytes of UTF-8, cut at spaces where there are some. Nothing for nothing."""
    room = max(room, _SMALLEST)
    rest = sanitise(plain(text)).encode()
    while len(rest) > room:
        end = room
        while rest[end] & 0xC0 == 0x80:  # noqa: PLR2004 — the second, third and fourth byte of a character
            end -= 1
        space = rest.rfind(b" ", 0, end + 1)
        # A space in the first half is too early: a long word is cut instead.
        end = space if space > end // 2 else end
        yield rest[:end].decode()
        rest = rest[end:].removeprefix(b" ")
    if rest:
        yield rest.decode()


def cut(line: str) -> bytes:
    """One whole line as it goes out: sanitised, and at most 510 bytes, cut between characters."""
    return sanitise(line).encode()[:LINE].decode("utf-8", "ignore").encode() + b"\r\n"
