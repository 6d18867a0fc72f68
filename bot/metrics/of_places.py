"""Metrics of where snapshots go besides the repository, and of where notices go."""

from collections.abc import Callable

from bot.metrics.metric import Metric, each, one, seconds
from core.operations.figures import CopyFigures, Figures, StandbyFigures, TargetFigures


def _copy(name: str, text: str, read: Callable[[CopyFigures], float]) -> Metric[Figures]:
    return Metric(name=name, help=text, labels=("storage",), read=each(lambda figures: figures.copies, read))


def _standby(name: str, text: str, read: Callable[[StandbyFigures], float]) -> Metric[Figures]:
    return Metric(name=name, help=text, labels=("standby",), read=each(lambda figures: figures.standbys, read))


def _target(name: str, text: str, read: Callable[[TargetFigures], float]) -> Metric[Figures]:
    return Metric(name=name, help=text, labels=("target",), read=each(lambda figures: figures.targets, read))


COPIES: tuple[Metric[Figures], ...] = (
    _copy("backupserv_copy_behind_snapshots", "Snapshots that the copy lacks.", lambda item: item.behind),
    _copy(
        "backupserv_copy_behind_since_timestamp_seconds",
        "When the oldest snapshot that the copy lacks was taken; 0 = it lacks none.",
        lambda item: seconds(item.behind_since),
    ),
    _copy(
        "backupserv_copy_last_success_timestamp_seconds",
        "When the last sync that was good began; 0 = never.",
        lambda item: seconds(item.attempts.good.at if item.attempts.good else None),
    ),
    _copy(
        "backupserv_copy_last_duration_seconds",
        "How long the last sync took, good or not.",
        lambda item: item.attempts.last.seconds if item.attempts.last else 0,
    ),
    _copy("backupserv_copy_failing", "1 while the last sync was not good.", lambda item: item.attempts.failing),
    _standby(
        "backupserv_standby_current_timestamp_seconds",
        "When the standby was last seen to be what its source was; 0 = never.",
        lambda item: seconds(item.current_at),
    ),
    _standby("backupserv_standby_failing", "1 while it cannot be kept current.", lambda item: item.failing),
)

TOLD: tuple[Metric[Figures], ...] = (
    Metric(
        name="backupserv_incidents",
        help="What is wrong now.",
        labels=("gravity",),
        read=lambda figures: [((gravity,), float(number)) for gravity, number in figures.incidents.items()],
    ),
    Metric(
        name="backupserv_incidents_by_area",
        help="What is wrong now, by the first word of its cause: backup, copy, disk and more.",
        labels=("area",),
        read=lambda figures: [((area,), float(number)) for area, number in sorted(figures.areas.items())],
    ),
    Metric(
        name="backupserv_incidents_acknowledged",
        help="Of what is wrong now, what somebody knows of.",
        read=one(lambda figures: figures.acknowledged),
    ),
    _target("backupserv_notices_waiting", "Notices that wait for the place.", lambda item: item.waiting),
    _target(
        "backupserv_notices_oldest_timestamp_seconds",
        "Of when the oldest notice is that waits; 0 = none waits.",
        lambda item: seconds(item.oldest_at),
    ),
    _target(
        "backupserv_notices_delivered_timestamp_seconds",
        "When the place last took a notice; 0 = never.",
        lambda item: seconds(item.delivered_at),
    ),
    _target("backupserv_notices_disabled", "1 while nothing goes there: it was gone.", lambda item: item.disabled),
)
