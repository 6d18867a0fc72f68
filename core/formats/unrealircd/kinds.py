"""Which database it is: by where it lies, and by its first bytes."""

from core.formats.unrealircd import bans, channels, history, reputation, whowas
from core.formats.unrealircd.container import FAMILY
from core.formats.unrealircd.cursor import Cursor, Ended
from core.formats.unrealircd.model import Kind

HEAD = 64  # bytes that are enough to tell

_NAMES: dict[str, Kind] = {
    "channel.db": "channels",
    "tkl.db": "bans",
    "whowas.db": "whowas",
    "reputation.db": "reputation",
    "history/master.db": "history-master",
}


def expected_kind(path: str) -> Kind | None:
    """What lies at a path below UnrealIRCd's data folder, if it is a database of its own."""
    folder, _, name = path.rpartition("/")
    if folder == "history" and name.endswith(".db") and path not in _NAMES:
        return "history"
    return _NAMES.get(path)


def kind_of(payload: bytes) -> Kind | None:
    """What begins with these bytes, without a header; None where none of them does."""
    cursor = Cursor(payload)
    try:
        first = cursor.u32()
        marked: dict[int, Kind] = {bans.MAGIC: "bans", whowas.MAGIC: "whowas", history.MAGIC: "history"}
        if first in marked:
            return marked[first]
        if first == history.VERSION:
            return "history-master"
        number = cursor.u64() if first == channels.VERSION else 1
        if first == channels.VERSION and (cursor.u32() == channels.START if number else not cursor.rest):
            return "channels"
    except Ended:
        return None
    return "reputation" if first == reputation.VERSION else None


def recognise(head: bytes) -> bool:
    """Whether a file that begins so is a database of UnrealIRCd, with a header or by its first numbers."""
    if head.startswith((FAMILY, reputation.TITLE)):
        return True
    return kind_of(head) in {"bans", "whowas", "channels"}
