"""When one person is not enough: what destroys, gives power back, or goes back far."""

from datetime import datetime, timedelta

from core.operations.proposal import Proposal, RestorePlan, UndoPlan
from core.operations.prune_all import PrunePlan
from core.operations.recovery.plan import RecoveryPlan

_FAR = timedelta(days=7)
POWER = "gives power back"


def why_second(plan: Proposal | PrunePlan | RecoveryPlan, now: datetime) -> tuple[str, ...]:
    """Why a second person must agree, in words; () where the one who asked may do it alone."""
    if isinstance(plan, PrunePlan):
        return ("removes snapshots for good",)
    if plan.second is not None:
        return plan.second
    why = [POWER] if plan.plan.powers else []
    if not isinstance(plan, RestorePlan | UndoPlan):
        return (*why, "is of a kind that is always looked at twice")
    if plan.plan.going and "replace" in plan.wishes.choices.values():
        why.append("takes away what is there now")
    if isinstance(plan, RestorePlan) and now - plan.snapshot.saved_at > _FAR:
        why.append(f"goes back {(now - plan.snapshot.saved_at).days} days")
    return tuple(why)
