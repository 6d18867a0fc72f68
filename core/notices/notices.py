"""Where everything that is to be told goes in: troubles become incidents, incidents become notices in the outbox."""

import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.domain.notice import Gravity, Notice, State, Target, Trouble
from core.notices.body import read_incident, read_notice, write_incident
from core.notices.database import Database
from core.notices.incident import Incident, Step, acked, passed, seen, unsaid, well
from core.notices.outbox import Outbox
from core.ports import Clock

ALL = "all"
MUTED_AT_MOST = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Somebody does not want to hear of something for a time."""

    what: str  # a cause, or all
    until: datetime
    by: str


class Notices:
    """Incidents and their outbox, in one file: what changed and what is to be said of it are written together.

    Safe from several threads and processes. Raises:
        StorageUnavailable: every method, where the file cannot be used; nothing was changed then.
    """

    def __init__(self, state_dir: Path, targets: Sequence[Target], clock: Clock) -> None:
        self._database = Database(state_dir / "outbox.sqlite")
        self._clock = clock
        self.outbox = Outbox(self._database, targets, clock)

    def trouble(self, trouble: Trouble) -> None:
        """It is so now. Said when it is new, worse, or goes on for long; counted otherwise."""
        now = self._clock.now()
        with self._database.writing() as connection:
            before = _incident(connection, trouble.cause)
            self._take(connection, before, seen(before, trouble, now), now)

    def well(self, *causes: str) -> None:
        """They were looked at, and are not so now. What stays well is resolved by `tick`."""
        now = self._clock.now()
        with self._database.writing() as connection:
            for cause in causes:
                if (incident := _incident(connection, cause)) is not None:
                    _keep(connection, well(incident, now))

    def ended(self, *causes: str) -> None:
        """They are over, says who watches them: nothing has to be waited for."""
        now = self._clock.now()
        with self._database.writing() as connection:
            for cause in causes:
                if (incident := _incident(connection, cause)) is not None:
                    self._take(connection, incident, (incident, "resolved"), now)

    def tell(self, gravity: Gravity, title: str, *, cause: str, detail: str = "", suggestion: str = "") -> int:
        """Something that has happened, and is no state that could end. Returns how many places will hear of it."""
        notice = Notice(
            id=uuid.uuid4().hex,
            cause=cause,
            state="told",
            gravity=gravity,
            title=title,
            detail=detail,
            suggestion=suggestion,
            at=self._clock.now(),
        )
        with self._database.writing() as connection:
            return 0 if _is_muted(connection, cause, gravity, notice.at) else self.outbox.add(connection, notice)

    def tick(self) -> None:
        """Call it every some seconds: ends what stayed well, repeats what nobody has acknowledged."""
        now = self._clock.now()
        with self._database.writing() as connection:
            # One that lasts longer than any may was made while the clock was wrong.
            ends = now.isoformat(), (now + MUTED_AT_MOST).isoformat()
            connection.execute("DELETE FROM mutes WHERE until <= ? OR until > ?", ends)
            for before in _incidents(connection):
                self._take(connection, before, passed(before, now), now)

    def incidents(self) -> tuple[Incident, ...]:
        """Those that are open, the oldest first."""
        with self._database.reading() as connection:
            return tuple(sorted(_incidents(connection), key=lambda item: (item.opened_at, item.cause)))

    def ack(self, cause: str, by: str) -> tuple[str, ...]:
        """Somebody knows, of one cause or of all. Returns those that were acknowledged."""
        now = self._clock.now()
        with self._database.writing() as connection:
            meant = [item for item in _incidents(connection) if cause in {item.cause, ALL}]
            for incident in meant:
                _keep(connection, acked(incident, by, now))
        return tuple(incident.cause for incident in meant)

    def mute(self, what: str, lasting: timedelta, by: str) -> Mute:
        """Say nothing of a cause, or of all but emergencies, for a time: a week at most."""
        made = Mute(what=what, until=self._clock.now() + min(lasting, MUTED_AT_MOST), by=by)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO mutes VALUES (?, ?, ?)", (made.what, made.until.isoformat(), made.by)
            )
        return made

    def unmute(self, what: str) -> bool:
        """The end of it; whether there was one."""
        with self._database.writing() as connection:
            return connection.execute("DELETE FROM mutes WHERE what = ?", (what,)).rowcount > 0

    def mutes(self) -> tuple[Mute, ...]:
        """Those in force."""
        now = self._clock.now()
        with self._database.reading() as connection:
            rows = connection.execute("SELECT what, until, by FROM mutes ORDER BY until").fetchall()
        found = (Mute(what=row["what"], until=datetime.fromisoformat(row["until"]), by=row["by"]) for row in rows)
        return tuple(mute for mute in found if mute.until > now)

    def newest(self, number: int) -> tuple[Notice, ...]:
        """What was said lately, the newest first."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT body FROM notices ORDER BY rowid DESC LIMIT ?", (number,)).fetchall()
        return tuple(read_notice(row["body"]) for row in rows)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _take(self, connection: sqlite3.Connection, before: Incident | None, step: Step, now: datetime) -> None:
        """Keep what has become of an incident, and say what is to be said of it where it is not muted."""
        incident, say = step
        muted = say is not None and _is_muted(connection, incident.cause, incident.trouble.gravity, now)
        if say == "resolved":
            connection.execute("DELETE FROM incidents WHERE cause = ?", (incident.cause,))
        elif (after := unsaid(incident, before) if muted else incident) != before:
            _keep(connection, after)
        if say is not None and not muted and incident.told_at is not None:
            self.outbox.add(connection, _notice(incident, say, now))


def _notice(incident: Incident, say: State, now: datetime) -> Notice:
    trouble = incident.trouble
    return Notice(
        id=uuid.uuid4().hex,
        cause=trouble.cause,
        state=say,
        gravity=trouble.gravity,
        title=trouble.title,
        detail=trouble.detail,
        suggestion="" if say == "resolved" else trouble.suggestion,
        at=now,
        count=incident.count,
    )


def _incident(connection: sqlite3.Connection, cause: str) -> Incident | None:
    row = connection.execute("SELECT body FROM incidents WHERE cause = ?", (cause,)).fetchone()
    return read_incident(row["body"]) if row is not None else None


def _incidents(connection: sqlite3.Connection) -> list[Incident]:
    return [read_incident(row["body"]) for row in connection.execute("SELECT body FROM incidents").fetchall()]


def _keep(connection: sqlite3.Connection, incident: Incident) -> None:
    connection.execute("INSERT OR REPLACE INTO incidents VALUES (?, ?)", (incident.cause, write_incident(incident)))


def _is_muted(connection: sqlite3.Connection, cause: str, gravity: Gravity, now: datetime) -> bool:
    """A mute of everything does not reach emergencies: who mutes the noise does not mean the fire."""
    found = connection.execute(
        "SELECT what FROM mutes WHERE what IN (?, ?) AND until > ?", (cause, ALL, now.isoformat())
    ).fetchall()
    return any(row["what"] == cause or gravity != "emergency" for row in found)
