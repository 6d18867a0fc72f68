"""One person's data, for an access request: read from the living database or a snapshot. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.casemapping import fold
from core.domain.errors import AccountNotFound, PlanBlocked, SourceUnreadable
from core.formats.atheme import shown
from core.formats.signature import HEAD, recognise
from core.operations.person import Person, in_rows
from core.operations.side import Side
from core.operations.site import Site
from core.registrations.wish import Erasure

_WHAT = "everything that this database of IRC services holds about one person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A document to be handed to the person."""

    account: str
    source: str  # where it was read: "live, saved …", "7q2fk3 of …"
    document: dict[str, object]


def export(nick: str, side: Side, site: Site, *, erasure: Erasure, now: datetime) -> Export:
    """Everything about the account that bears `nick` or owns it as a grouped nick.

    Raises:
        AccountNotFound: it is not there.
        PlanBlocked: that person was forgotten.
        SourceUnreadable: it is neither Atheme's text file nor SQLite. SourceDamaged: SQLite cannot read it.
    """
    kind = recognise(side.content[:HEAD])
    if kind not in {"atheme", "empty", "sqlite"}:
        raise SourceUnreadable(f"{side.label} is neither a services.db of Atheme nor SQLite")
    wanted = nick.encode("utf-8", "surrogateescape")
    found = _person(wanted, kind, side, site, erasure)
    if found is None:
        _refuse_forgotten(shown(wanted), erasure.name(fold(wanted, site.casemapping)))
        raise AccountNotFound(
            f"{shown(wanted)} is not in {side.label}", hint="`backupserv find NICK` says where it is; --from takes that"
        )
    _refuse_forgotten(found.account, found.forgotten)
    head = {
        "what": _WHAT,
        "account_name": found.account,
        "network_database": side.label,
        "written_at": now.isoformat(),
        "written_by": "BackupServ",
    }
    return Export(account=found.account, source=side.label, document={"about": head, **found.rows()})


def _person(wanted: bytes, kind: str, side: Side, site: Site, erasure: Erasure) -> Person | None:
    if kind != "sqlite":
        return in_rows(wanted, side, site.casemapping, erasure)
    from core.operations.person_tables import in_tables  # noqa: PLC0415 — what the others need not wait for

    return in_tables(wanted, side, site.casemapping, erasure)


def _refuse_forgotten(name: str, day: str) -> None:
    if day:
        raise PlanBlocked(f"{name} was forgotten on {day}: nothing is exported", hint="the wish to be forgotten stands")
