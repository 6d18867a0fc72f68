"""What came of one probe, as an operator reads it."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "look", "fail", "skip"]
_MARKS: dict[Verdict, str] = {"ok": "ok  ", "look": "LOOK", "fail": "FAIL", "skip": "skip"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One probe's verdict."""

    what: str
    verdict: Verdict
    detail: str

    def __str__(self) -> str:
        return f"{_MARKS[self.verdict]}  {self.what} – {self.detail}"

    def as_dict(self) -> dict[str, str]:
        """For machines."""
        return {"what": self.what, "verdict": self.verdict, "detail": self.detail}
