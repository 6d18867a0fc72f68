"""What a certificate is good for, by its names (RFC 6125: a "*" stands for one whole label, and only the first)."""

from collections.abc import Sequence


def covers(names: Sequence[str], name: str) -> bool:
    """Whether a certificate with `names` is good for a name; a wildcard is covered by the same wildcard alone."""
    wanted = name.lower().rstrip(".")
    wild = f"*.{wanted.partition('.')[2]}"
    return any(given in {wanted, wild} for given in (given.rstrip(".") for given in names))


def missing(names: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Of the wanted names those that a certificate with `names` is not good for."""
    return tuple(name for name in wanted if not covers(names, name))
