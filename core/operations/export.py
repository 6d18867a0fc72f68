"""One person's data, for an access request: read from the living database or a snapshot. Changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.domain.casemapping import fold
from core.domain.errors import AccountNotFound, PlanBlocked, SourceDamaged, SourceUnreadable
from core.formats.atheme import Lines, field, shown
from core.formats.signature import HEAD, recognise
from core.formats.sqlite import Unreadable
from core.formats.sqlite.others import other_tables
from core.operations.diff import Side
from core.operations.plan_tables import tables_of
from core.operations.site import Site
from core.registrations.personal import personal
from core.registrations.selection import read_account
from core.registrations.tables import Register
from core.registrations.tables.forgetting import erased_on, stored
from core.registrations.tables.personal import personal_rows
from core.registrations.tables.whereabouts import spelt
from core.registrations.wish import Erasure

_WHAT = "everything that this database of IRC services holds about one person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A document to be handed to the person."""

    account: str
    source: str  # where it was read: "live, saved …", "7q2fk3 of …"
    document: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The person in one database."""

    account: str  # fit to be shown
    forgotten: str  # the day
    rows: Callable[[], dict[str, object]]


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
    find = _in_tables if kind == "sqlite" else _in_rows
    found = find(wanted, side, site, erasure)
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


def _in_rows(wanted: bytes, side: Side, site: Site, erasure: Erasure) -> _Found | None:
    lines = Lines(side.content, site.casemapping)
    name = lines.lookup(wanted)
    found = read_account(lines, name) if name is not None else None
    if found is None:
        return None
    living, selection = found
    day = erasure.account(field(selection.account, 1), field(selection.account, 5))
    return _Found(account=shown(selection.name), forgotten=day, rows=lambda: personal(living, selection))


def _in_tables(wanted: bytes, side: Side, site: Site, erasure: Erasure) -> _Found | None:
    register = Register(tables_of(side.content, side.label), site.casemapping)
    name = register.find_account(wanted)
    if name is None:
        return None
    try:
        others = other_tables(side.content)
    except Unreadable as error:
        raise SourceDamaged(f"{side.label} cannot be read: {error}") from None
    day = erased_on(erasure, stored(register.tables.accounts, register.accounts[name]), name)
    return _Found(
        account=spelt(register, name),
        forgotten=day,
        rows=lambda: personal_rows(register, name, other_tables=others),
    )


def _refuse_forgotten(name: str, day: str) -> None:
    if day:
        raise PlanBlocked(f"{name} was forgotten on {day}: nothing is exported", hint="the wish to be forgotten stands")
