"""The life of one incident: opened, seen again, worse, quiet, resolved. Pure: the clock is the caller's."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.notice import ALERTS, GRAVITIES, Gravity, State, Trouble

SETTLES = timedelta(minutes=2)  # it must be well for so long before it is called resolved: what flaps is one incident
UNHEARD = timedelta(days=3)  # Alertmanager repeats what fires; what it was silenced about, or lost, must end one day
ACK_LASTS = timedelta(hours=24)
_REPEATED = {  # what goes on is said again after so long
    "info": timedelta(days=7),
    "warning": timedelta(days=1),
    "error": timedelta(days=1),
    "emergency": timedelta(hours=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What is wrong since when, how often it was seen, and what was said about it."""

    trouble: Trouble  # as it was seen last
    opened_at: datetime  # aware, UTC, as all of them
    seen_at: datetime
    told_at: datetime | None = None  # None: nobody has been told yet, since it was muted
    count: int = 1
    told_gravity: Gravity
    well_since: datetime | None = None  # None while it goes on
    acked_by: str = ""
    acked_until: datetime | None = None

    @property
    def cause(self) -> str:
        """Of its trouble."""
        return self.trouble.cause

    def is_acked(self, now: datetime) -> bool:
        """Whether somebody has said that they know, and not too long ago (nor in a future that a clock made up)."""
        return self.acked_until is not None and now < self.acked_until <= now + ACK_LASTS


Step = tuple[Incident, State | None]
"""The incident as it is when that was said, and what is to be said; None = nothing."""


def seen(incident: Incident | None, trouble: Trouble, now: datetime) -> Step:
    """The trouble was seen, for the first time or again."""
    if incident is None:
        return _said(Incident(trouble=trouble, opened_at=now, seen_at=now, told_gravity=trouble.gravity), now)
    return _said(replace(incident, trouble=trouble, seen_at=now, count=incident.count + 1, well_since=None), now)


def unsaid(incident: Incident, before: Incident | None) -> Incident:
    """It was muted: what was to be said of it is said when the mute has ended."""
    if before is None:
        return replace(incident, told_at=None)
    return replace(incident, told_at=before.told_at, told_gravity=before.told_gravity)


def well(incident: Incident, now: datetime) -> Incident:
    """It was looked at, and is not so any more. Resolved only when it stays so: see `passed`."""
    return incident if incident.well_since is not None else replace(incident, well_since=now)


def passed(incident: Incident, now: datetime) -> Step:
    """Time has passed. "resolved" ends the incident; "goes on" repeats what nobody has acknowledged."""
    if incident.cause.startswith(ALERTS) and now - incident.seen_at >= UNHEARD:
        return incident, "resolved"
    if incident.well_since is not None:
        return incident, "resolved" if abs(now - incident.well_since) >= SETTLES else None
    return _said(incident, now)


def acked(incident: Incident, by: str, now: datetime) -> Incident:
    """Somebody knows: it is not said again for a day, unless it gets worse or ends."""
    return replace(incident, acked_by=by, acked_until=now + ACK_LASTS)


def _said(incident: Incident, now: datetime) -> Step:
    """Who knew of it is not remembered when it is said anew, nor who knew only of less when it has become worse.

    A clock that was set back must not silence it: what was told in the future was told long ago.
    """
    gravity = incident.trouble.gravity
    told = replace(incident, told_at=now, acked_by="", acked_until=None)
    if GRAVITIES.index(gravity) > GRAVITIES.index(incident.told_gravity):
        return replace(told, told_gravity=gravity), "worse"
    if incident.is_acked(now):
        return incident, None
    if incident.told_at is None:
        return told, "opened"
    return (incident, None) if abs(now - incident.told_at) < _REPEATED[gravity] else (told, "goes on")
