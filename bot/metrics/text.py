"""Prometheus' text format."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.metrics.metric import Metric
from bot.metrics.own import Own
from bot.metrics.table import METRICS, OWN
from core.operations.figures import Figures

T = TypeVar("T")


def render(figures: Figures, own: Own | None = None) -> bytes:
    """All of them; without what only a running bot knows where there is none. Holds no time stamps of samples."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Values(METRICS, figures))
    if own is not None:
        registry.register(_Values(OWN, own))
    return generate_latest(registry)


def samples(figures: Figures) -> list[dict[str, object]]:
    """The same for other machines."""
    return [
        {"name": metric.name, "labels": dict(zip(metric.labels, labels, strict=True)), "value": value}
        for metric in METRICS
        for labels, value in metric.read(figures)
    ]


class _Values(Collector):
    def __init__(self, metrics: Sequence[Metric[T]], values: T) -> None:
        self._families = tuple(_family(metric, values) for metric in metrics)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """As the library asks for them."""
        yield from self._families


def _family(metric: Metric[T], values: T) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in metric.read(values):
        family.add_metric(labels, value)
    return family
