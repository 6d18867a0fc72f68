"""One metric: its name, what it means, and where its values come from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")
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
