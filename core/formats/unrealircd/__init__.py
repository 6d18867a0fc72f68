"""UnrealIRCd's own databases: channel.db, tkl.db, whowas.db, reputation.db and the channel history, read and judged.

Formats: src/unrealdb.c and src/modules/ of UnrealIRCd 6.1: channeldb.c, tkldb.c, whowasdb.c, reputation.c and
history_backend_mem.c. Not known of UnrealIRCd: how it goes on with a reputation.db of text that is damaged.
"""

from core.formats.unrealircd.container import Encrypted, Opener
from core.formats.unrealircd.databases import LIMIT, judge_all
from core.formats.unrealircd.judging import judge, judge_together
from core.formats.unrealircd.kinds import expected_kind, recognise
from core.formats.unrealircd.model import Judged, Kind

__all__ = [
    "LIMIT",
    "Encrypted",
    "Judged",
    "Kind",
    "Opener",
    "expected_kind",
    "judge",
    "judge_all",
    "judge_together",
    "recognise",
]
