"""Counts in words for people."""

from collections.abc import Mapping


def tally(counts: Mapping[str, int]) -> str:
    """What there is, kind by kind: "7 accounts · 1 group"; "" for nothing."""
    return " · ".join(_counted(kind, number) for kind, number in counts.items() if number)


def _counted(kind: str, number: int) -> str:
    one = number == 1 and kind != "access"
    return f"{number:,} {kind.removesuffix('s') if one else kind}"
