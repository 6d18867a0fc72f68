"""Texts for services with limits: what is too long loses its middle, since errors end with what matters. Pure."""

_MARK = "\n…\n"


def shortened(text: str, most: int) -> str:
    """At most `most` characters: the beginning and the end, with a mark between them."""
    if len(text) <= most:
        return text
    if most <= len(_MARK) + 2:
        return text[:most]
    tail = (most - len(_MARK)) // 3
    return text[: most - len(_MARK) - tail] + _MARK + text[-tail:]


def one_line(text: str, most: int) -> str:
    """The same as one line, without its end where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
