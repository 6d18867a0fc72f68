"""One person's data, for an access request: read from the living database or a snapshot. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.errors import AccountNotFound, PlanBlocked, SourceUnreadable
from core.formats.atheme import field, lookup, parse, shown
from core.formats.signature import HEAD, recognise
from core.operations.diff import Side
from core.operations.site import Site
from core.registrations.living import Living
from core.registrations.personal import personal
from core.registrations.selection import select_account
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
        SourceUnreadable: it is not Atheme's text file.
    """
    if recognise(side.content[:HEAD]) not in {"atheme", "empty"}:
        raise SourceUnreadable(f"{side.label} is not a services.db of Atheme")
    wanted = nick.encode("utf-8", "surrogateescape")
    database = parse(side.content)
    living = Living(database, site.casemapping)
    name = lookup(database, wanted, site.casemapping)
    selection = select_account(living, name) if name is not None else None
    if selection is None:
        _refuse_forgotten(shown(wanted), erasure.name(living.fold(wanted)))
        raise AccountNotFound(
            f"{shown(wanted)} is not in {side.label}", hint="`backupserv find NICK` says where it is; --from takes that"
        )
    account = selection.account
    _refuse_forgotten(shown(selection.name), erasure.account(field(account, 1), field(account, 5)))
    head = {
        "what": _WHAT,
        "account_name": shown(selection.name),
        "network_database": side.label,
        "written_at": now.isoformat(),
        "written_by": "BackupServ",
    }
    return Export(
        account=shown(selection.name), source=side.label, document={"about": head, **personal(living, selection)}
    )


def _refuse_forgotten(name: str, day: str) -> None:
    if day:
        raise PlanBlocked(f"{name} was forgotten on {day}: nothing is exported", hint="the wish to be forgotten stands")
