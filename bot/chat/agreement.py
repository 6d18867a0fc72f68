"""What was agreed to, and by whom: a code, single use, five minutes, bound to who asked and to the exact plan."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.authority import Actor, Role
from bot.chat.second import why_second
from core.domain.code import new_code
from core.domain.errors import BackupServError
from core.operations.proposal import Proposal
from core.operations.prune_all import PrunePlan
from core.operations.recovery.plan import RecoveryPlan

LIFETIME = timedelta(minutes=5)
WITHIN = f"{LIFETIME.seconds // 60}m"
_LENGTH = 4
_MOST = 20  # plans that wait at the same time; the oldest makes room


class NotAgreed(BackupServError):
    """A plan is not carried out: it does not wait any more, or this person cannot agree to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked for a plan. `still` has the server asked again about the line that asked: None where it is no more."""

    actor: Actor
    still: Callable[[], Awaitable[Actor | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A plan that was shown and waits for an agreement."""

    code: str
    plan: Proposal | PrunePlan | RecoveryPlan
    asker: Asker
    until: datetime
    second: tuple[str, ...]  # why a second person must agree; () = who asked agrees alone

    @property
    def by(self) -> str:
        """Who asked."""
        return self.asker.actor.name

    @property
    def how(self) -> str:
        """What is to be typed now, and by whom."""
        if self.second:
            return (
                f"needs a second oper ({', '.join(self.second)}): !approve {self.code}, by somebody else than {self.by}"
            )
        return f"{self.by} carries it out with !confirm {self.code}"


class Agreements:
    """The plans that wait. Kept in memory: a restart of the bot forgets them, which is safe.

    Nothing here waits for anything, so that of two who agree at the same moment exactly one is heard.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._waiting: dict[str, Waiting] = {}

    def offer(self, plan: Proposal | PrunePlan | RecoveryPlan, asker: Asker) -> Waiting:
        """Keep the plan under a new code."""
        self._forget_old()
        while len(self._waiting) >= _MOST:
            self._waiting.pop(next(iter(self._waiting)))
        code = new_code(_LENGTH)
        while code in self._waiting:
            code = new_code(_LENGTH)
        now = self._now()
        waiting = Waiting(code=code, plan=plan, asker=asker, until=now + LIFETIME, second=why_second(plan, now))
        self._waiting[code] = waiting
        return waiting

    def all(self) -> tuple[Waiting, ...]:
        """Those that wait, the oldest first."""
        self._forget_old()
        return tuple(self._waiting.values())

    def look(self, code: str) -> Waiting:
        """The plan, which goes on waiting.

        Raises:
            NotAgreed: none waits under that code.
        """
        self._forget_old()
        waiting = self._waiting.get(code.upper())
        if waiting is None:
            raise NotAgreed(f"no such plan is waiting: a code lives {WITHIN} and serves once")
        return waiting

    def take(self, waiting: Waiting) -> None:
        """From now on it waits no longer: whoever took it carries it out, or has ended it.

        Raises:
            NotAgreed: somebody else took it, or its time is over.
        """
        if self.look(waiting.code) is not waiting:
            raise NotAgreed(f"plan {waiting.code} is not the one that was looked at")
        del self._waiting[waiting.code]

    def _forget_old(self) -> None:
        now = self._now()
        self._waiting = {code: item for code, item in self._waiting.items() if item.until > now}


def must_confirm(waiting: Waiting, actor: Actor) -> None:
    """Only who asked, and only where that is enough.

    Raises:
        NotAgreed: it is not.
    """
    if not actor.is_certainly(waiting.asker.actor):
        raise NotAgreed(f"plan {waiting.code} was asked for by {waiting.by}, who confirms it")
    if waiting.second:
        raise NotAgreed(f"plan {waiting.code} {waiting.how}")


def must_approve(waiting: Waiting, actor: Actor) -> None:
    """Only somebody who is in no way the one who asked.

    Raises:
        NotAgreed: it may be the same person, or nobody else is needed.
    """
    if not waiting.second:
        raise NotAgreed(f"plan {waiting.code} needs no second oper: {waiting.how}")
    if actor.is_same_person(waiting.asker.actor):
        raise NotAgreed(f"you asked for plan {waiting.code} yourself: somebody else approves it")


def must_deny(waiting: Waiting, actor: Actor) -> None:
    """Who asked, or anybody who may approve.

    Raises:
        NotAgreed: neither.
    """
    if not (actor.may(Role.APPROVE) or actor.is_certainly(waiting.asker.actor)):
        raise NotAgreed(f"plan {waiting.code} is denied by {waiting.by} or by somebody with the role approve")


def must_break_glass(waiting: Waiting, actor: Actor) -> None:
    """Only those whom the configuration names, and only where a second person would be needed.

    Raises:
        NotAgreed: not named, or not needed.
    """
    if not actor.breaks_glass:
        raise NotAgreed("access.break_glass does not name you: somebody else must approve")
    if not waiting.second:
        raise NotAgreed(f"plan {waiting.code} needs no second oper: {waiting.how}")
