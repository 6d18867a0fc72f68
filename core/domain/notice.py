"""What people are told unasked: a notice, and the trouble that it speaks of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Gravity = Literal["info", "warning", "error", "emergency"]
GRAVITIES: tuple[Gravity, ...] = ("info", "warning", "error", "emergency")
ALERTS = "alert/"  # what the cause of everything begins with that Alertmanager told us
OUR_ALERT = "BackupServ"  # the name of what we tell Alertmanager
State = Literal["told", "opened", "goes on", "worse", "resolved"]


def at_least(gravity: Gravity, least: Gravity) -> bool:
    """Whether it is as grave as `least`, or graver."""
    return GRAVITIES.index(gravity) >= GRAVITIES.index(least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that is wrong now. Two of one cause are the same trouble, seen twice.

    No text holds personal names, addresses, hashes or secrets: it goes to places that others run.
    """

    cause: str  # stable, for machines: "backup/services", "standby/b"
    gravity: Gravity
    title: str  # one line: "services cannot be saved: the disk is full"
    detail: str = ""  # more of it, as many lines as it takes
    suggestion: str = ""  # the one command that helps: "!backup now services"
    freezes: bool = False  # found by a guard, and nothing is removed while it lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to people, the same for every place that it goes to."""

    id: str  # the same at every attempt: who hears it twice can tell
    cause: str
    state: State
    gravity: Gravity
    title: str
    detail: str = ""
    suggestion: str = ""
    at: datetime  # aware, UTC: when it was so, however late it arrives
    count: int = 1  # how often it was seen so far
    stands_for: int = 1  # how many notices it is, where several had waited for long

    @property
    def headline(self) -> str:
        """The whole of it in one line: "ERROR services cannot be saved: the disk is full (12 times)"."""
        word = "RESOLVED" if self.state == "resolved" else self.gravity.upper()
        often = f" ({self.count:,} times)" if self.count > 1 else ""
        return f"{word} {self.title}{often}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place where notices go."""

    name: str
    least: Gravity = "info"  # what is less grave does not go there
    without: tuple[str, ...] = ()  # nor what has a cause that begins so

    def wants(self, notice: Notice) -> bool:
        """Whether it goes there."""
        return at_least(notice.gravity, self.least) and not notice.cause.startswith(self.without)
