"""Names out of a database, made fit for a sentence."""

_LONGEST = 60  # characters; more did not come in through IRC


def shown(name: bytes) -> str:
    """A name as it may be shown: printable, short, and never a hostmask."""
    if b"@" in name:
        return "a hostmask"
    text = name.decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in text)[:_LONGEST]
