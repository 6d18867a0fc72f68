"""What a whole recovery would do, before anything is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from core.domain.moment import ago, show
from core.operations.recovery.parts import Chosen, Part
from core.operations.recovery.terms import RecoveryWish
from core.operations.things.proposal import ThingProposal
from core.registrations.words import clipped, listed

_LINE = 340  # bytes: what fits into one IRC line with its sender


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPlan:
    """One part, as its own way would bring it back."""

    part: Part
    proposal: ThingProposal

    @property
    def same(self) -> bool:
        """Whether all of it is there already."""
        return not (self.proposal.plan.coming_back or self.proposal.plan.going)

    @property
    def blocked(self) -> str:
        """Why it cannot come back, or ""."""
        return "" if self.same else self.proposal.blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPlan:
    """Everything, in its order.

    What is agreed to is which snapshots come back: what they replace is what lies there once everything is down, and
    it is kept for the way back.
    """

    wish: RecoveryWish
    storage: str  # where the snapshots are read from
    chosen: Chosen
    parts: tuple[PartPlan, ...]
    runs: tuple[str, ...]  # programs that run now, and are stopped
    unclear: tuple[str, ...]  # programs of which nobody can tell
    starts: tuple[str, ...]  # what is started afterwards
    objective: timedelta
    made_at: datetime
    problems: tuple[str, ...] = ()  # of the storage, in sentences

    @property
    def headline(self) -> str:
        """In one line."""
        when = f"as of {show(self.chosen.moment)}" if self.chosen.moment else "as it was last saved"
        return f"recover {listed([one.part.source for one in self.parts], 200)} from {self.storage}, {when}"

    @property
    def digest(self) -> str:
        """What an agreement is bound to: each source and its snapshot."""
        named = [f"{one.part.source} {one.part.snapshot.id} {one.part.snapshot.digest}" for one in self.parts]
        return sha256("\n".join([self.storage, *named]).encode()).hexdigest()

    @property
    def blocked(self) -> str:
        """Why it cannot be carried out as it is, or ""."""
        if not self.parts:
            why = f": {'; '.join(self.chosen.missing)}" if self.chosen.missing else ""
            return f"there is nothing that could come back{why}"
        found = next((one for one in self.parts if one.blocked), None)
        return f"{found.part.source}: {found.blocked}" if found else ""

    @property
    def second(self) -> tuple[str, ...]:
        """Why a second person must agree: always."""
        return ("replaces everything",)

    @property
    def restart(self) -> str:
        """What becomes of the programs."""
        stops = f"stops {listed(self.runs, 100)}, then " if self.runs else "nothing runs; "
        return f"{stops}{'starts ' + listed(self.starts, 100) if self.starts else 'nothing is started'}"

    def summary(self) -> tuple[str, ...]:
        """At most three lines for a channel."""
        absent = [*(f"NOT {text}" for text in self.chosen.missing), *self.chosen.left_out]
        lines = [
            "+ " + listed([self._told(one) for one in self.parts], _LINE),
            "! " + listed(self.warnings, _LINE) if self.warnings else "",
            "- left out: " + listed(absent, _LINE) if absent else "",
        ]
        return tuple(clipped(line, _LINE) for line in lines if line)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What somebody should know before."""
        unclear = (f"whether {name} runs cannot be told" for name in self.unclear)
        return (
            *self._doubts,
            *self.chosen.passed_over,
            *unclear,
            *(f"{self.storage}: {text}" for text in self.problems),
        )

    @property
    def _doubts(self) -> tuple[str, ...]:
        """What a restore of one part alone would refuse until somebody says so, and what comes all the same."""
        return tuple(
            f"{one.part.source}: {conflict.what} {conflict.why}, AND COMES ALL THE SAME"
            for one in self.parts
            for conflict in one.proposal.plan.conflicts
            if conflict.chosen.startswith("anyway")
        )

    def details(self) -> tuple[str, ...]:
        """All of it: each part with everything that its own plan says."""
        lines = list[str]()
        for number, one in enumerate(self.parts, start=1):
            lines.append(f"{number} {self._told(one)}, from {one.part.snapshot.id}")
            lines += [f"  {line}" for line in one.proposal.plan.details()]
        lines += [f"! not there: {text}" for text in self.chosen.missing]
        lines += [f"- left out: {text}" for text in self.chosen.left_out]
        lines += [f"! {text}" for text in self.warnings]
        return (*lines, f"then: {self.restart}; all of it within {_minutes(self.objective)}, if it goes as it should")

    def _told(self, one: PartPlan) -> str:
        age = ago((self.made_at - one.part.snapshot.saved_at).total_seconds())
        same = ", there already" if one.same else ""
        return f"{one.part.source} ({one.part.thing}, {age} old, {one.proposal.proof}{same})"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "headline": self.headline,
            "storage": self.storage,
            "moment": self.chosen.moment.isoformat() if self.chosen.moment else None,
            "blocked": self.blocked,
            "parts": [{"thing": one.part.thing, "same": one.same, **one.proposal.as_dict()} for one in self.parts],
            "missing": list(self.chosen.missing),
            "left_out": list(self.chosen.left_out),
            "runs": list(self.runs),
            "unclear": list(self.unclear),
            "starts": list(self.starts),
            "objective_seconds": self.objective.total_seconds(),
            "problems": list(self.problems),
        }


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:.0f} minutes"
