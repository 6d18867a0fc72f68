"""What to do, step by step, with this network's own names in it: one table for the channel and the command line."""

from core.domain.runbooks import attacked, care, lost, machine
from core.domain.runbooks.page import Runbook

# The order in which they are listed: the worst nights first.
RUNBOOKS: tuple[Runbook, ...] = (
    lost.SERVICES_DB_LOST,
    lost.ONE_NICK,
    lost.ONE_CHANNEL,
    lost.CERTIFICATES,
    lost.CONFIG,
    lost.IRCD_DATA,
    machine.WHOLE_NETWORK,
    machine.HOST_LOST,
    machine.STANDBY,
    machine.KEY_LOST,
    machine.DISK_FULL,
    attacked.TAKEOVER,
    attacked.TAMPERED,
    care.EMERGENCY,
    care.DRILL,
    care.KEY_ROTATION,
    care.RETENTION_REVIEW,
    care.UPGRADE,
)

_SAME = {
    "ransomware": "tampered",
    "database": "services-db-lost",
    "nick": "one-nick",
    "user": "one-nick",
    "channel": "one-channel",
    "tls": "certificates",
    "ircd": "ircd-data",
    "restore": "whole-network",
    "recover": "whole-network",
    "host": "host-lost",
    "promote": "standby",
    "key": "key-lost",
    "disk": "disk-full",
}  # other words that tired people try


def runbook(name: str) -> Runbook | None:
    """The one of that name, or of another word for it."""
    wanted = _SAME.get(name.lower(), name.lower())
    return next((book for book in RUNBOOKS if book.name == wanted), None)
