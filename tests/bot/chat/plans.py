"""Plans that are only agreed to, never carried out."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bot.chat.agreement import Asker
from bot.chat.authority import Actor, Role
from core.operations.proposal import RestorePlan, UndoPlan
from core.operations.prune_all import PrunePlan
from core.registrations.plan import Plan
from core.registrations.wish import Target, Wishes

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
PRUNING = PrunePlan(storages=(), made_at=NOW)


def person(name: str, *marks: str, glass: bool = False) -> Actor:
    """Somebody with every role."""
    return Actor(
        name=name,
        roles=frozenset(Role),
        proof="test",
        marks=frozenset({f"person:{name}", *marks}),
        breaks_glass=glass,
    )


def asker(actor: Actor) -> Asker:
    """Somebody for whom the server goes on vouching."""

    async def still() -> Actor:
        return actor

    return Asker(actor=actor, still=still)


def restoring(*, age: timedelta = timedelta(hours=2), wishes: Wishes | None = None, **told: Any) -> RestorePlan:
    """Bob comes back from a snapshot of that age; `told` is what the plan says."""
    snapshot = cast("Any", type("Saved", (), {"saved_at": NOW - age}))
    return RestorePlan(
        plan=Plan(kind="account", name="bob", **told),
        headline="restore account bob",
        made_at=NOW,
        live_saved_at=NOW,
        restart="services restart",
        target=Target(kind="account", name="bob"),
        wishes=wishes or Wishes(),
        snapshot=snapshot,
        proof="proven",
    )


def undoing(*, wishes: Wishes | None = None, **told: Any) -> UndoPlan:
    """A restore of bob is taken back."""
    return UndoPlan(
        plan=Plan(kind="account", name="bob", **told),
        headline="undo ABCD",
        made_at=NOW,
        live_saved_at=NOW,
        restart="services restart",
        undone=cast("Any", None),
        wishes=wishes or Wishes(),
    )
