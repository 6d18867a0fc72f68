"""A drill: a snapshot was brought back where it hurts nobody, the real program lived on it, and all of it was timed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast, get_args

from core.domain.counted import tally
from core.domain.objective import short

EVERYTHING = "all"  # the source of a drill of the whole
Verdict = Literal["proven", "damaged", "unchecked"]
_WORDS: Mapping[Verdict, str] = {"proven": "ok", "damaged": "FAILED", "unchecked": "could not be done"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step, and how long it took."""

    name: str  # "fetched", "opened", "placed", "checked", "booted", "asked", "saved back", "compared"
    seconds: float
    told: str = ""  # what came of it, where that is worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """What came of one. `verdict` "damaged": it would not have brought back what was saved; "unchecked": who knows."""

    id: str
    source: str  # or EVERYTHING: then the steps are the sources
    snapshot: str  # its id; "" where none was found, or of everything
    storage: str
    at: datetime  # aware, UTC: when it began
    seconds: float  # from its beginning to its end, without clearing away
    steps: tuple[Step, ...]
    verdict: Verdict
    detail: str  # one line: what was proven, or why not
    target: float  # seconds within which it should be back
    counts: Mapping[str, int] = field(default_factory=dict)  # of what was restored
    saved: Mapping[str, int] = field(default_factory=dict)  # of what the program saved back
    lost: tuple[str, ...] = ()  # rows that the program did not save back, by kind: "3 ME"
    added: tuple[str, ...] = ()  # rows that it saved and was not given
    program: str = ""  # "atheme-services 7.2.12"
    untried: bool = False  # it was read, and nobody has said which program to boot: no fault, and no drill either
    other: bool = False  # another program than the configured one was tried: it measures and proves nothing for tonight

    @property
    def good(self) -> bool:
        """Whether it would bring back what was saved."""
        return self.verdict == "proven"

    def __str__(self) -> str:
        steps = " · ".join(f"{step.name} {short(step.seconds)}" for step in self.steps)
        what = f"{self.source} {self.snapshot}".strip()
        parts = [steps, self.detail, f"{short(self.seconds)} (target {short(self.target)})"]
        whose = f" in {self.program or 'another program'}" if self.other else ""
        start = f"DRILL {_WORDS[self.verdict]} {what} from {self.storage or 'nowhere'}{whose}: "
        return start + " · ".join(part for part in parts if part)

    def as_dict(self) -> dict[str, Any]:
        """For machines, and for the report that is kept."""
        return {
            "id": self.id,
            "source": self.source,
            "snapshot": self.snapshot,
            "storage": self.storage,
            "at": self.at.isoformat(),
            "seconds": round(self.seconds, 3),
            "target_seconds": self.target,
            "met": self.good and self.seconds <= self.target,
            "verdict": self.verdict,
            "detail": self.detail,
            "steps": [{"name": step.name, "seconds": round(step.seconds, 3), "told": step.told} for step in self.steps],
            "counts": dict(self.counts),
            "saved_back": dict(self.saved),
            "lost": list(self.lost),
            "added": list(self.added),
            "program": self.program,
            "untried": self.untried,
            "other_program": self.other,
        }


def read_report(told: Mapping[str, Any]) -> DrillReport:
    """The report that `as_dict` told.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    at, verdict = datetime.fromisoformat(told["at"]), told["verdict"]
    if at.tzinfo is None or verdict not in get_args(Verdict):
        raise ValueError(verdict)
    return DrillReport(
        id=str(told["id"]),
        source=str(told["source"]),
        snapshot=str(told["snapshot"]),
        storage=str(told["storage"]),
        at=at,
        seconds=float(told["seconds"]),
        steps=tuple(
            Step(name=str(step["name"]), seconds=float(step["seconds"]), told=str(step["told"]))
            for step in told["steps"]
        ),
        verdict=cast("Verdict", verdict),
        detail=str(told["detail"]),
        target=float(told["target_seconds"]),
        counts={str(kind): int(number) for kind, number in told["counts"].items()},
        saved={str(kind): int(number) for kind, number in told["saved_back"].items()},
        lost=tuple(map(str, told["lost"])),
        added=tuple(map(str, told["added"])),
        program=str(told["program"]),
        untried=bool(told["untried"]),
        other=bool(told["other_program"]),
    )


def as_saved(counts: Mapping[str, int]) -> str:
    """The two kinds that everybody knows, or all there are: "12,418 accounts, 612 channels as saved"."""
    known = {kind: counts[kind] for kind in ("accounts", "channels") if counts.get(kind)}
    return f"{tally(known or counts).replace(' · ', ', ') or 'all'} as saved"
