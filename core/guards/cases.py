"""An incident that people opened and left: half begun, half ended, or open so long that nothing is pruned any more."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from core.domain.case import Case
from core.domain.notice import Trouble

_HALF = timedelta(minutes=15)  # nobody saves everything for longer without being seen at it
_LONG = timedelta(days=3)


def look_at_cases(current: Callable[[], Case | None], now: Callable[[], datetime]) -> Iterator[Trouble]:
    """At most one: there is one at a time."""
    case = current()
    if case is None:
        return
    lasting = now() - (case.closed_at or case.opened_at)
    if case.cut_short and lasting >= _HALF:
        command = "!incident open" if case.step == "opening" else "!incident close"
        yield Trouble(cause="incident/half", gravity="warning", title=case.standing, suggestion=command)
    if case.step == "open" and lasting >= _LONG:
        yield Trouble(
            cause="incident/long",
            gravity="warning",
            title=f"incident {case.id} has been open for {lasting.days} days, and nothing is removed meanwhile",
            detail="If it is over, close it: what was kept for it stays for two weeks more.",
            suggestion="!incident close",
        )
