"""A database of 7.2 as master (7.3) would write it: what differs between the two, done by hand to a real one."""

SAVED = b"1795396700"  # when master saved it
_LISTED = (b"backend/corestorage", b"crypto/", b"groupserv/main", b"hostserv/", b"helpserv/ticket", b"exttarget/main")


def as_master(content: bytes, *, online: tuple[bytes, ...] = (b"bob", b"carol")) -> bytes:
    """TS and JR, few modules, the new flags, and no last use of those who are logged in at the time of the save."""
    rows = [new for row in content.split(b"\n")[:-1] for new in _rows(row, online)]
    return b"\n".join([*rows, b"JR DEFAULT 5 5 ", b"JR #alpha -1 -1 "]) + b"\n"


def _rows(row: bytes, online: tuple[bytes, ...]) -> list[bytes]:
    fields = row.split(b" ")
    kind = fields[0]
    if kind == b"MDEP":
        return [row] if fields[1].startswith(_LISTED) else []
    if kind == b"CF":
        return [row, b"TS %s " % SAVED]
    if kind == b"LUID":
        fields[1] = fields[1][:9]
    if kind == b"MU":
        fields[7] += b"l"
        fields[6] = b"0" if fields[2] in online else fields[6]
    if kind == b"MN" and fields[1] in online and fields[2] == fields[1]:
        fields[4] = b"0"
    if kind == b"MC":
        fields[4] = b"+a" + fields[4][1:]
    if kind == b"GRP":
        fields[4] += b"n"
    return [b" ".join(fields)]
