"""The preview of bringing something back as a whole."""

from dataclasses import dataclass, field

from core.domain.snapshot import Snapshot
from core.domain.thing import ThingWish
from core.operations.proposal import Proposal
from core.operations.restore_record import RestoreRecord
from core.registrations.plan import Plan
from core.registrations.wish import Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingPlan(Plan):
    """A plan for one thing of one source. Each thing has its own kind of it, with what carrying it out needs."""

    source: str  # the configured source that it belongs to


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingProposal(Proposal):
    """A whole thing comes back from a snapshot."""

    plan: ThingPlan
    wish: ThingWish
    snapshot: Snapshot
    proof: str  # what is known of the snapshot: "proven" or "not verified yet"
    why_second: tuple[str, ...] = ()

    @property
    def second(self) -> tuple[str, ...]:
        """Why a second person must agree; () where who asked may do it alone."""
        return self.why_second

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "snapshot": self.snapshot.id,
            "source": self.plan.source,
            "saved_at": self.snapshot.saved_at.isoformat(),
            "proof": self.proof,
            **Proposal.as_dict(self),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingUndo(Proposal):
    """A restore of a whole thing is taken back."""

    plan: ThingPlan
    undone: RestoreRecord
    wishes: Wishes = field(default_factory=Wishes)  # what of it was changed since, and goes back all the same
    why_second: tuple[str, ...] = ()

    @property
    def second(self) -> tuple[str, ...]:
        """Why a second person must agree; () where who asked may do it alone."""
        return self.why_second

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {"undoes": self.undone.id, "source": self.plan.source, **Proposal.as_dict(self)}
