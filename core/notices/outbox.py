"""The queue of what must be told: in order for each target, at least once, kept until it was heard."""

import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.notice import Notice, Target
from core.notices.body import read_notice, write_notice
from core.notices.database import Database
from core.notices.merging import FEWEST, may_merge, merged, run_to_merge
from core.ports import Clock

_MOST_WAITING = 2000  # for one target; then the oldest become one
_LOOKED_AT = 500  # of them at a time
_LONGEST = timedelta(hours=1)  # that anybody lets one wait; what is due later was put off by a clock that was wrong
_KEPT = timedelta(days=30)  # what was told can be looked up so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notice on its way to one target."""

    number: int
    target: str
    notice: Notice
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How one target stands."""

    target: str
    waiting: int
    oldest_at: datetime | None  # of what waits
    why: str  # the newest failure of the first that waits; ""
    delivered_at: datetime | None
    disabled: str  # why nothing goes there any more; "" = it does


class Outbox:
    """For any number of targets. Every method is done, and on the medium, when it returns.

    Raises:
        StorageUnavailable: every method, where the file cannot be used; nothing was changed then.
    """

    def __init__(self, database: Database, targets: Sequence[Target], clock: Clock) -> None:
        self._database = database
        self.targets = tuple(targets)
        self._clock = clock

    def add(self, connection: sqlite3.Connection, notice: Notice) -> int:
        """Queue it for every target that wants it; part of the caller's transaction. Returns for how many."""
        connection.execute(
            "INSERT INTO notices VALUES (?, ?, ?)", (notice.id, write_notice(notice), notice.at.isoformat())
        )
        disabled = {name for (name,) in connection.execute("SELECT name FROM targets WHERE disabled != ''")}
        wanted = [one.name for one in self.targets if one.name not in disabled and one.wants(notice)]
        for target in wanted:
            number = connection.execute(
                "INSERT INTO deliveries (target, notice, place) VALUES (?, ?, 0)", (target, notice.id)
            ).lastrowid
            connection.execute("UPDATE deliveries SET place = number WHERE number = ?", (number,))
            if _waiting(connection, target) > _MOST_WAITING:
                self._merge(connection, target, crowded=True)
        return len(wanted)

    def next(self, target: str) -> Delivery | datetime | None:
        """The first that waits for it; or when that is due; None = nothing waits.

        After a long outage the first may stand for many.
        """
        now = self._clock.now()
        with self._database.writing() as connection:
            self._merge(connection, target, crowded=False)
            row = connection.execute(
                "SELECT number, attempts, due, body FROM deliveries JOIN notices ON notices.id = notice"
                " WHERE target = ? AND state = 'waiting' ORDER BY place LIMIT 1",
                (target,),
            ).fetchone()
        if row is None:
            return None
        if row["due"] and now < (due := datetime.fromisoformat(row["due"])) <= now + _LONGEST:
            return due
        return Delivery(number=row["number"], target=target, notice=read_notice(row["body"]), attempts=row["attempts"])

    def delivered(self, delivery: Delivery) -> None:
        """It was heard."""
        now = self._clock.now()
        with self._database.writing() as connection:
            _set(connection, delivery, "delivered", "")
            connection.execute(
                "INSERT INTO targets (name, delivered_at) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET delivered_at = excluded.delivered_at",
                (delivery.target, now.isoformat()),
            )
            self._forget_old(connection, now)

    def failed(self, delivery: Delivery, why: str, again_in: timedelta) -> None:
        """It may be heard later, in an hour at most: it stays the first, and what is behind it waits."""
        due = (self._clock.now() + min(again_in, _LONGEST)).isoformat()
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE deliveries SET attempts = attempts + 1, due = ?, why = ? WHERE number = ?",
                (due, why, delivery.number),
            )

    def refused(self, delivery: Delivery, why: str) -> None:
        """This one will never be taken there: it holds up the others no longer."""
        with self._database.writing() as connection:
            _set(connection, delivery, "dropped", why)

    def disable(self, target: str, why: str) -> int:
        """Nothing goes there until `enable`. Returns how many had waited for it and are dropped."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO targets (name, disabled) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET disabled = excluded.disabled",
                (target, why or "disabled"),
            )
            return connection.execute(
                "UPDATE deliveries SET state = 'dropped', why = ? WHERE target = ? AND state = 'waiting'", (why, target)
            ).rowcount

    def enable(self, target: str) -> None:
        """It was mended."""
        with self._database.writing() as connection:
            connection.execute("UPDATE targets SET disabled = '' WHERE name = ?", (target,))

    def backlog(self) -> tuple[Backlog, ...]:
        """How each target stands."""
        with self._database.reading() as connection:
            return tuple(_backlog(connection, target.name) for target in self.targets)

    def _merge(self, connection: sqlite3.Connection, target: str, *, crowded: bool) -> None:
        """Nearly always there is nothing to do, and no text is fetched to find that out."""
        now = self._clock.now()
        times = connection.execute(
            "SELECT at FROM deliveries JOIN notices ON notices.id = notice"
            " WHERE target = ? AND state = 'waiting' ORDER BY place LIMIT ?",
            (target, FEWEST),
        ).fetchall()
        if not times or not may_merge(len(times), datetime.fromisoformat(times[0]["at"]), now, crowded=crowded):
            return
        rows = connection.execute(
            "SELECT number, place, attempts, due, why, body FROM deliveries JOIN notices ON notices.id = notice"
            " WHERE target = ? AND state = 'waiting' ORDER BY place LIMIT ?",
            (target, _LOOKED_AT),
        ).fetchall()
        waiting = [read_notice(row["body"]) for row in rows]
        size = run_to_merge(waiting, now, crowded=crowded)
        if not size:
            return
        one = merged(waiting[:size], uuid.uuid4().hex)
        connection.execute("INSERT INTO notices VALUES (?, ?, ?)", (one.id, write_notice(one), one.at.isoformat()))
        for row in rows[:size]:
            connection.execute("UPDATE deliveries SET state = 'merged' WHERE number = ?", (row["number"],))
        first = rows[0]  # as long as it was asked to wait, so long waits what it has become
        connection.execute(
            "INSERT INTO deliveries (target, notice, place, attempts, due, why) VALUES (?, ?, ?, ?, ?, ?)",
            (target, one.id, first["place"], first["attempts"], first["due"], first["why"]),
        )

    def _forget_old(self, connection: sqlite3.Connection, now: datetime) -> None:
        """What was told long ago. What waits is never forgotten."""
        before = (now - _KEPT).isoformat()
        connection.execute(
            "DELETE FROM deliveries WHERE state != 'waiting' AND notice IN (SELECT id FROM notices WHERE at < ?)",
            (before,),
        )
        connection.execute("DELETE FROM notices WHERE at < ? AND id NOT IN (SELECT notice FROM deliveries)", (before,))


def _set(connection: sqlite3.Connection, delivery: Delivery, state: str, why: str) -> None:
    connection.execute("UPDATE deliveries SET state = ?, why = ? WHERE number = ?", (state, why, delivery.number))


def _waiting(connection: sqlite3.Connection, target: str) -> int:
    found = connection.execute(
        "SELECT count(*) FROM deliveries WHERE target = ? AND state = 'waiting'", (target,)
    ).fetchone()
    return int(found[0])


def _backlog(connection: sqlite3.Connection, target: str) -> Backlog:
    first = connection.execute(
        "SELECT at, why FROM deliveries JOIN notices ON notices.id = notice"
        " WHERE target = ? AND state = 'waiting' ORDER BY place LIMIT 1",
        (target,),
    ).fetchone()
    known = connection.execute("SELECT disabled, delivered_at FROM targets WHERE name = ?", (target,)).fetchone()
    delivered_at = known["delivered_at"] if known is not None else ""
    return Backlog(
        target=target,
        waiting=_waiting(connection, target),
        oldest_at=datetime.fromisoformat(first["at"]) if first is not None else None,
        why=first["why"] if first is not None else "",
        delivered_at=datetime.fromisoformat(delivered_at) if delivered_at else None,
        disabled=known["disabled"] if known is not None else "",
    )
