"""What only a running bot knows of itself."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """At one moment."""

    started_at: datetime
    on_irc: bool  # in the opers' channel
    jobs: int  # commands at work
    lag: float  # seconds by which the event loop was late, the worst of the last minute
    tasks: int  # of the event loop; what grows without end leaks
    ailing: int  # parts that died, and are not called well again yet
    guards_looked_at: datetime | None = None
