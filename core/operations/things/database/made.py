"""What one format says of a whole database that comes: the bytes, and what they mean."""

from dataclasses import dataclass

from core.registrations.change import Difference
from core.registrations.plan import Conflict
from core.registrations.whole import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Everything of a plan that the format decides."""

    content: bytes
    difference: Difference  # from what lies there to what comes
    words: Words
    seal: str = ""  # what else is agreed to
    expiry: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    blocked: str = ""
    moved: tuple[int, int] = (0, 0)  # rows that come and rows that go
