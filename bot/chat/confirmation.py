"""What was agreed to: a code, single use, five minutes, bound to who asked and to the exact plan."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.code import new_code
from core.operations.proposal import Proposal
from core.operations.prune_all import PrunePlan

LIFETIME = timedelta(minutes=5)
_NONE = f"no such plan is waiting: a code lives {LIFETIME.seconds // 60} minutes and serves once"
_MOST = 20  # plans that wait at the same time; the oldest makes room


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A plan that was shown and waits for its confirmation."""

    code: str
    plan: Proposal | PrunePlan
    account: str
    until: datetime


class Confirmations:
    """The plans that wait. Kept in memory: a restart of the bot forgets them, which is safe."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._waiting: dict[str, Waiting] = {}

    def offer(self, plan: Proposal | PrunePlan, account: str) -> Waiting:
        """Keep the plan under a new code."""
        self._forget_old()
        while len(self._waiting) >= _MOST:
            self._waiting.pop(next(iter(self._waiting)))
        code = new_code(4)
        while code in self._waiting:
            code = new_code(4)
        waiting = Waiting(code=code, plan=plan, account=account, until=self._now() + LIFETIME)
        self._waiting[code] = waiting
        return waiting

    def look(self, code: str) -> Proposal | PrunePlan | str:
        """The plan, which goes on waiting; or why not, in words."""
        self._forget_old()
        waiting = self._waiting.get(code.upper())
        return waiting.plan if waiting is not None else _NONE

    def take(self, code: str, account: str) -> Proposal | PrunePlan | str:
        """The plan, which then waits no longer; or why not, in words."""
        self._forget_old()
        waiting = self._waiting.get(code.upper())
        if waiting is None:
            return _NONE
        if waiting.account.lower() != account.lower():
            return f"plan {waiting.code} was asked for by {waiting.account}, who confirms it"
        del self._waiting[waiting.code]
        return waiting.plan

    def _forget_old(self) -> None:
        now = self._now()
        self._waiting = {code: item for code, item in self._waiting.items() if item.until > now}
