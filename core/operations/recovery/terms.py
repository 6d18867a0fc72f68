"""What a whole recovery is asked for, and what this network has said about one beforehand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.operations.site import Site
from core.program_ports import Unit

LEAVE = ("logs",)  # folders of the repository that nobody waits for in the worst night


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryWish:
    """What somebody wants. The default is everything but logs, as it was at its newest."""

    reference: str | None = None  # a time or an id: every source as it was then; None = the newest of each
    only: tuple[str, ...] = ()  # things ("tls", "database", …) or sources, by name; () = all
    also: tuple[str, ...] = ()  # folders that are left out otherwise: "logs"
    exact: bool = False  # also remove what is there now and is not in the snapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the configuration says."""

    objective: timedelta = timedelta(hours=1)  # within which everything should be back
    unit: Unit | None = None  # starts and stops all programs at once; None = each by its own control
    order: tuple[str, ...] = ()  # sources whose programs are started first, in this order
    leave: tuple[str, ...] = LEAVE
    sites: Callable[[], Sequence[Site]] | None = None  # made anew, once the configuration of services is back
