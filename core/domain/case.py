"""A case: what people open while something is wrong, so that nothing of it is lost. In chat it is `!incident`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.domain.moment import show

Step = Literal["opening", "open", "closing", "closed"]
BEFORE = timedelta(hours=48)  # so much of what was before it is kept, and told by the report
KEPT_AFTER = timedelta(days=14)  # from its end on; then retention decides again
LONGEST_TITLE, LONGEST_NOTE = 200, 400  # letters
MOST_NOTES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody saw or did, in their words."""

    at: datetime  # aware, UTC
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One of them, as far as it got."""

    id: str
    title: str
    by: str
    opened_at: datetime  # aware, UTC
    step: Step
    pinned: tuple[str, ...] = ()  # snapshots that stay for it
    saved: tuple[str, ...] = ()  # the newest of each source when everything had been saved for it
    troubles: tuple[str, ...] = ()  # what could not be done when it was opened
    notes: tuple[Note, ...] = ()
    closed_at: datetime | None = None
    closed_by: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.step == "closed"

    @property
    def since(self) -> datetime:
        """From when on its report tells."""
        return self.opened_at - BEFORE

    @property
    def standing(self) -> str:
        """Where it stands, on one line: "incident 7Q2F open since 2026-11-23 09:30Z: channels vanish"."""
        words = {
            "opening": f"incident {self.id} of {self.by} is being opened since {show(self.opened_at)}",
            "open": f"incident {self.id} open since {show(self.opened_at)}",
            "closing": f"incident {self.id} is being closed",
            "closed": f"incident {self.id} from {show(self.opened_at)}, closed {_shown(self.closed_at)}",
        }
        return f"{words[self.step]}: {self.title}"

    @property
    def cut_short(self) -> str:
        """What goes on with it, where a crash may have cut it short; or ""."""
        goes_on = {"opening": "incident open", "closing": "incident close"}.get(self.step)
        return f"{self.standing}; if nobody is at it, `{goes_on}` goes on" if goes_on else ""

    def as_dict(self) -> dict[str, object]:
        """For machines; without its notes, which name people."""
        return {
            "id": self.id,
            "title": self.title,
            "by": self.by,
            "step": self.step,
            "opened_at": self.opened_at.isoformat(),
            "closed_at": self.closed_at.isoformat() if self.closed_at else None,
            "pinned": len(self.pinned),
            "saved": list(self.saved),
            "troubles": list(self.troubles),
        }


def _shown(moment: datetime | None) -> str:
    return show(moment) if moment is not None else ""
