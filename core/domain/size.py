"""Sizes as people read them."""


def show_size(size: int) -> str:
    """Bytes in the largest unit that leaves a number: "812 B", "16.2 MB" (powers of 1000)."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:  # noqa: PLR2004 — the base of the unit
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
