"""A drill of everything: every source in the order of a recovery, one after the other, and the time of it all."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core.domain.drill import EVERYTHING, DrillReport, Step, Verdict
from core.operations.drilling.drill import new_id
from core.registrations.words import plural

_GRAVEST: tuple[Verdict, ...] = ("damaged", "unchecked", "proven")


def drill_all(
    parts: Sequence[Callable[[], DrillReport]], missing: Sequence[str], *, storage: str, at: datetime, target: float
) -> tuple[DrillReport, ...]:
    """The reports of the parts, and at last that of the whole. One that fails keeps nobody from trying the others.

    `missing`: sources of which that storage has nothing, in words.
    """
    made = [part() for part in parts]
    steps = [Step(name=item.source, seconds=item.seconds, told=item.detail) for item in made]
    return (*made, _sum_of(made, steps, missing, storage=storage, at=at, target=target))


def _sum_of(
    made: Sequence[DrillReport],
    steps: Sequence[Step],
    missing: Sequence[str],
    *,
    storage: str,
    at: datetime,
    target: float,
) -> DrillReport:
    tried = [item for item in made if not item.untried]
    verdicts = {item.verdict for item in tried} | ({"damaged"} if missing else set())
    bad = [f"{item.source}: {item.detail}" for item in tried if not item.good]
    bad += [f"{name} is not there" for name in missing]
    return DrillReport(
        id=new_id(at),
        source=EVERYTHING,
        snapshot="",
        storage=storage,
        at=at,
        seconds=sum(item.seconds for item in made),
        steps=tuple(steps),
        verdict=next((word for word in _GRAVEST if word in verdicts), "unchecked"),
        detail="; ".join(bad[:3]) if bad else f"{plural(len(made), 'source')} as saved{_unbooted(made)}",
        target=target,
        untried=bool(made) and not tried and not missing,
        other=any(item.other for item in made),
    )


def _unbooted(made: Sequence[DrillReport]) -> str:
    names = [item.source for item in made if item.untried]
    return f", of which {', '.join(names)} was read and not booted: no rehearsal is configured" if names else ""
