"""What came of an attempt to tell something, whatever the way."""

from dataclasses import dataclass
from typing import Literal, Protocol

from core.domain.notice import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the other side made of it.

    `heard`: it arrived (with a `why`: not at everybody). `later`: try again. `refused`: this one never, others yes.
    `gone`: nothing ever again.
    """

    kind: Literal["heard", "later", "refused", "gone"]
    why: str = ""  # for people: no address, no secret
    after: float = 0  # seconds before the next attempt, where the other side asked for it


class Notifier(Protocol):
    """One place to tell."""

    @property
    def name(self) -> str:
        """The configured name."""
        ...

    async def send(self, notice: Notice) -> Answer:
        """Tell it once. Bounded in time; never raises but for a cancellation."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
