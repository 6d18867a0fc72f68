"""InspIRCd's xline.db: its bans, a line each (src/modules/m_xline_db.cpp). Pure; it has no count and no end mark."""

XLINES = "xline.db"
_FIELDS = 3  # LINE, type, mask


def bans_of(content: bytes) -> frozenset[bytes]:
    """What tells its bans from each other, shown to nobody: they hold hosts and addresses."""
    found = set()
    for line in content.split(b"\n"):
        words = line.split(b" ", _FIELDS)
        if words[0] == b"LINE" and len(words) > _FIELDS:
            found.add(b" ".join(words[1:_FIELDS]))
    return frozenset(found)


def is_cut(content: bytes) -> bool:
    """Whether it ends within a line; one that was cut at the end of a line looks whole."""
    return not content.startswith(b"VERSION ") or not content.endswith(b"\n")
