"""Text into lines that the protocol can carry: nothing cut inside a character, nothing that ends a line early."""

from collections.abc import Iterator

LINE = 510  # bytes of a line without its CR LF (RFC 1459 §2.3)
_ENDS = str.maketrans(dict.fromkeys("\r\n\0", " "))


def sanitise(text: str) -> str:
    """The text without what could end a line or hide one: CR, LF, NUL become spaces, lone surrogates "?"."""
    return text.translate(_ENDS).encode("utf-8", "replace").decode()


def split(text: str, room: int) -> Iterator[str]:
    """`text` in pieces of at most `room` bytes of UTF-8, cut at spaces where there are some."""
    room = max(room, 16)
    rest = sanitise(text)
    while len(rest.encode()) > room:
        whole = rest.encode()[:room].decode("utf-8", "ignore")
        cut = whole.rfind(" ")
        # A space in the first half is too early: a long word is cut instead.
        piece = whole[:cut] if cut > len(whole) // 2 else whole
        yield piece
        rest = rest[len(piece) :].removeprefix(" ")
    yield rest


def cut(line: str) -> bytes:
    """One whole line as it goes out: sanitised, and at most 510 bytes, cut between characters."""
    return sanitise(line).encode()[:LINE].decode("utf-8", "ignore").encode() + b"\r\n"
