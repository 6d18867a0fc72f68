"""A drill of everything: every source in the order of a recovery, one after the other, and the time of it all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.drill import EVERYTHING, DrillReport, Step, Verdict
from core.domain.errors import BackupServError
from core.operations.drilling.drill import new_id
from core.registrations.words import plural

_GRAVEST: tuple[Verdict, ...] = ("damaged", "unchecked", "proven")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One drill of everything, out of one storage."""

    storage: str
    at: datetime  # aware, UTC: when it began
    target: float  # seconds within which all should be back

    def drill(self, parts: Sequence[Callable[[], DrillReport]], missing: Sequence[str]) -> tuple[DrillReport, ...]:
        """The reports of the parts, and at last that of the whole. One that fails keeps nobody from trying the others.

        `missing`: sources of which that storage has nothing, in words: "web: it was never saved".
        """
        made = [part() for part in parts]
        return (*made, self._sum_of(made, missing))

    def not_begun(self, error: BackupServError) -> DrillReport:
        """It cannot be told what there is: that proves nothing either way."""
        return self._report([], "unchecked", str(error))

    def _sum_of(self, made: Sequence[DrillReport], missing: Sequence[str]) -> DrillReport:
        tried = [item for item in made if not item.untried]
        verdicts = {item.verdict for item in made} | ({"damaged"} if missing else set())
        bad = [f"{item.source}: {item.detail}" for item in tried if not item.good]
        bad += missing
        verdict: Verdict = next((word for word in _GRAVEST if word in verdicts), "unchecked")
        told = f"{plural(len(made), 'source')} as saved{_unbooted(made)}"
        report = self._report(made, verdict, "; ".join(bad[:3]) if bad else told)
        return replace(report, untried=len(tried) < len(made) and not bad)

    def _report(self, made: Sequence[DrillReport], verdict: Verdict, detail: str) -> DrillReport:
        return DrillReport(
            id=new_id(self.at),
            source=EVERYTHING,
            snapshot="",
            storage=self.storage,
            at=self.at,
            seconds=sum(item.seconds for item in made),
            steps=tuple(Step(name=item.source, seconds=item.seconds, told=item.detail) for item in made),
            verdict=verdict,
            detail=detail,
            target=self.target,
        )


def _unbooted(made: Sequence[DrillReport]) -> str:
    names = [item.source for item in made if item.untried]
    return f", of which {', '.join(names)} was read and not booted: no rehearsal is configured" if names else ""
