"""What somebody wants back, and how what is in the way shall be met. Values that a plan is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from core.domain.casemapping import Casemapping

Kind = Literal["account", "channel", "group"]
Choice = Literal["merge", "replace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The thing that shall come back. A grouped nick stands for the account that owned it."""

    kind: Kind
    name: str  # as it was typed: "alice", "#chan", "!group"

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for beyond the target. The default takes nothing from anybody.

    `choices` says how to meet a conflict, by its item ("bob_", "#chan", "!group", "certfp"; "" is the target itself):
    "merge" adds to what is there, "replace" takes it out first. What is not named is skipped.
    """

    founded: bool = False  # also the groups and channels that it founded and that are gone
    operator: bool = False  # also services operator
    founder: str = ""  # an account that founds what comes back where no old founder is left
    new_name: str = ""  # the account comes back under this name
    choices: Mapping[str, Choice] = field(default_factory=dict)

    def choice(self, item: str) -> Choice | None:
        """The choice for a conflict's item, whatever its case."""
        return {key.lower(): value for key, value in self.choices.items()}.get(item.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What the configuration of services says and a database does not."""

    casemapping: Casemapping = "rfc1459"
    nick_days: int = 0  # accounts and nicks unused for longer are expired; 0 = never, or not known
    channel_days: int = 0
    operators: tuple[str, ...] = ()  # accounts that are services operators by configuration


class Erasure(Protocol):
    """Who asked to be forgotten. Answers with the day ("2026-11-20"), or "" for nobody of that kind."""

    def account(self, uid: bytes, registered: bytes) -> str:
        """Whether the account with that uid and registration time (both as stored in MU) was erased."""
        ...

    def name(self, folded: bytes) -> str:
        """Whether an erased account bore that name, folded as the network compares names."""
        ...


class NobodyErased:
    """An erasure that knows of nobody."""

    def account(self, uid: bytes, registered: bytes) -> str:
        """Never."""
        del uid, registered
        return ""

    def name(self, folded: bytes) -> str:
        """Never."""
        del folded
        return ""
