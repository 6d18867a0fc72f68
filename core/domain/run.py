"""A run: something was done, from then on, for so long, and it was good or not."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One thing that was done to one source, copy or standby."""

    verb: str  # "backup", "sync", "verify", "prune", "drill"
    what: str  # the source's or copy's name; "" where it is about everything
    at: datetime  # aware, UTC: when it began
    seconds: float
    good: bool
    detail: str = ""  # one line: why it failed, or what came of it
    size: int = 0  # bytes of what it was about; 0 where there is no such thing
    new: bool = False  # whether a snapshot was made
    id: str = ""  # a UUID, which its lines in the log bear; "" = from before there were any
