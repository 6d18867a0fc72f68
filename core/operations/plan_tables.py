"""What SQLite tables have, and what a restore into them, or taking one back, would do. Changes nothing."""

from datetime import datetime

from core.domain.casemapping import fold
from core.domain.errors import SourceDamaged, StorageUnavailable
from core.formats.sqlite import Tables, Unreadable, read
from core.registrations.tables import Register, TablePlan, load, plan_tables, plan_undo
from core.registrations.wish import Erasure, Network, Target, Wishes


def find_in_tables(content: bytes, target: Target, network: Network) -> bool:
    """Whether this snapshot has the account (or the nick), or the channel.

    Raises:
        SourceDamaged: SQLite cannot read it. PlanBlocked: it is there in columns that nobody knows.
    """
    register = Register(tables_of(content, "the snapshot"), network.casemapping)
    name = target.name.encode("utf-8", "surrogateescape")
    if target.kind == "account":
        return register.find_account(name) is not None
    return target.kind == "channel" and fold(name, network.casemapping) in register.channels


def plan_in_tables(
    *,
    backup: bytes,
    live: bytes,
    target: Target,
    wishes: Wishes,
    network: Network,
    erasure: Erasure,
    now: datetime,
) -> TablePlan:
    """The plan for one account or channel. Changes nothing.

    `live` is a consistent copy of the living database (`core.sqlite_file.copy_sqlite`).

    Raises:
        AccountNotFound: the snapshot does not have it.
        PlanBlocked: these tables do not keep such a thing. SourceDamaged: one of the two cannot be read.
    """
    return plan_tables(
        backup=tables_of(backup, "the snapshot"),
        live=tables_of(live, "the living database"),
        target=target,
        wishes=wishes,
        network=network,
        erasure=erasure,
        now=now,
    )


def plan_undo_in_tables(
    *,
    change: bytes,
    before: bytes,
    live: bytes,
    wishes: Wishes,
    network: Network,
    now: datetime,
    erasure: Erasure | None = None,
) -> TablePlan:
    """What taking back a restore would do now. `change` and `before` are what `kept_change` and `kept_before` give.

    Raises:
        SourceDamaged: the living database cannot be read. StorageUnavailable: `change` is not what was kept.
    """
    return plan_undo(
        change_of(change),
        before=tables_of(before, "the database from before"),
        live=tables_of(live, "the living database"),
        wishes=wishes,
        network=network,
        now=now,
        erasure=erasure,
    )


def change_of(content: bytes) -> TablePlan:
    """What a restore changed, as it was kept.

    Raises:
        StorageUnavailable: it is something else.
    """
    try:
        return load(content)
    except ValueError as error:
        raise StorageUnavailable(f"what the restore changed cannot be read: {error}") from None


def tables_of(content: bytes, what: str) -> Tables:
    """The four tables in a database; `what` names it to people.

    Raises:
        SourceDamaged: SQLite cannot read it.
    """
    try:
        return read(content)
    except Unreadable as error:
        raise SourceDamaged(f"{what} cannot be read: {error}") from None
