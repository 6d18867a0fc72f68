"""What is shown to people before anything is changed, and carried out exactly as shown or not at all."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.moment import ago
from core.domain.snapshot import Snapshot
from core.operations.restore_record import RestoreRecord
from core.registrations.plan import Plan
from core.registrations.wish import Target, Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan, and what it rests on."""

    plan: Plan
    headline: str  # what comes from where, in one line
    made_at: datetime
    live_saved_at: datetime  # the save of the living database that the plan rests on
    restart: str  # what happens to services

    @property
    def digest(self) -> str:
        """What the agreement is bound to: the changes and the live rows they rest on."""
        return self.plan.digest

    @property
    def blocked(self) -> str:
        """Why it cannot be done, or "". What is in the way was there at their last save: services may know better."""
        if not any(conflict.open for conflict in self.plan.conflicts):
            return self.plan.blocked
        age = (self.made_at - self.live_saved_at).total_seconds()
        return f"{self.plan.blocked} (in the save of {ago(age)} ago)"

    @property
    def second(self) -> tuple[str, ...] | None:
        """Why a second person must agree, where the plan itself knows; None where its wishes and its age decide."""
        return None

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {"headline": self.headline, "services": self.restart, **self.plan.as_dict()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan(Proposal):
    """Something comes back from a snapshot."""

    target: Target
    wishes: Wishes
    snapshot: Snapshot
    proof: str  # what is known of the snapshot: "proven" or "not verified yet"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "snapshot": self.snapshot.id,
            "saved_at": self.snapshot.saved_at.isoformat(),
            "proof": self.proof,
            **Proposal.as_dict(self),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPlan(Proposal):
    """A restore is taken back."""

    undone: RestoreRecord  # of that restore
    wishes: Wishes

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {"undoes": self.undone.id, **Proposal.as_dict(self)}
