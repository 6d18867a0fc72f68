"""An objective is missed: too much would be lost now, or by the last drill it would take too long."""

from collections.abc import Callable, Iterable, Iterator

from core.domain.notice import Trouble
from core.domain.objective import WHOLE, Measured


def look_at_objectives(measure: Callable[[], Iterable[Measured]]) -> Iterator[Trouble]:
    """Each that is missed, with what helps. What was never measured is not missed."""
    for item in measure():
        if item.lost_too_much:
            yield Trouble(
                cause=f"objectives/window/{item.what}",
                gravity="warning",
                title=item.lost_too_much,
                detail="Who writes into it now would lose that much.",
                suggestion=f"!backup now {item.what}",
            )
        if (
            item.took_too_long and item.recovered is not None and item.recovered.good
        ):  # one that failed was told as such
            yield Trouble(
                cause=f"objectives/recovery/{item.what}",
                gravity="warning",
                title=item.took_too_long,
                detail="The report of the drill says which step takes its time.",
                suggestion="!drill all" if item.what == WHOLE else f"!drill {item.what}",
            )
