"""One metric: its name, what it means, and where its values come from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """What has a name of the configuration."""

    @property
    def name(self) -> str:
        """By it everything of it is labelled."""
        ...


T = TypeVar("T")
N = TypeVar("N", bound=Named)
Sample = tuple[tuple[str, ...], float]  # values of its labels, and its value


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Generic[T]):
    """A gauge: everything here is a state. Names and units: prometheus.io, practices/naming.

    Values of labels are names of the configuration and words of ours: never what a user of the network chose.
    """

    name: str
    help: str
    read: Callable[[T], Iterable[Sample]]
    labels: tuple[str, ...] = ()


def one(read: Callable[[T], float]) -> Callable[[T], list[Sample]]:
    """A single value."""
    return lambda figures: [((), float(read(figures)))]


def seconds(moment: datetime | None) -> float:
    """Since 1970; 0 for never: a metric that is not there sets off no alarm."""
    return moment.timestamp() if moment is not None else 0.0


def each(items: Callable[[T], Sequence[N]], read: Callable[[N], float]) -> Callable[[T], list[Sample]]:
    """One value for each of them, by its name."""
    return lambda figures: [((item.name,), float(read(item))) for item in items(figures)]
