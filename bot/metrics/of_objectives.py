"""Metrics of what is wanted, and of the schedule that is to bring it about."""

from collections.abc import Callable

from bot.metrics.metric import Metric, Sample, each, seconds
from core.domain.objective import Measured
from core.operations.figures import Attempts, Figures, JobFigures

_VERBS = 30


def _measured(read: Callable[[Measured], float | None]) -> Callable[[Figures], list[Sample]]:
    """What nobody knows is not there."""
    return lambda figures: [
        ((item.what,), float(value)) for item in figures.measured if (value := read(item)) is not None
    ]


def _objective(name: str, text: str, read: Callable[[Measured], float | None]) -> Metric[Figures]:
    return Metric(name=name, help=text, labels=("source",), read=_measured(read))


def _job(name: str, text: str, read: Callable[[JobFigures], float]) -> Metric[Figures]:
    return Metric(name=name, help=text, labels=("name",), read=each(lambda figures: figures.jobs, read))


def _runs(read: Callable[[Attempts], float]) -> Callable[[Figures], list[Sample]]:
    """By words of ours."""
    return lambda figures: [((verb,), float(read(one))) for verb, one in sorted(figures.verbs.items())[:_VERBS]]


OBJECTIVES: tuple[Metric[Figures], ...] = (
    _objective(
        "backupserv_rpo_objective_seconds",
        "What is newer may be lost; of a source, or of the network.",
        lambda item: item.objective.window.total_seconds(),
    ),
    _objective(
        "backupserv_rpo_measured_seconds",
        "So much would have been lost at worst within the last day; not there while there is no copy.",
        lambda item: item.window_seconds,
    ),
    _objective(
        "backupserv_rto_objective_seconds",
        "Within this it should be back.",
        lambda item: item.objective.recovery.total_seconds(),
    ),
    _objective(
        "backupserv_rto_measured_seconds",
        "So long the last drill or recovery took; not there before the first.",
        lambda item: item.recovered.seconds if item.recovered else None,
    ),
    _objective(
        "backupserv_recovery_tried_timestamp_seconds",
        "When the last drill or recovery began; 0 = never.",
        lambda item: seconds(item.recovered.at if item.recovered else None),
    ),
    _objective(
        "backupserv_recovery_failing",
        "1 where the last drill or recovery did not bring it back.",
        lambda item: item.recovered is not None and not item.recovered.good,
    ),
    Metric(
        name="backupserv_rule_met",
        help="Of 3-2-1-1-0: 1 where the rule is met.",
        labels=("rule",),
        read=lambda figures: [((rule,), float(met)) for rule, met in figures.rules.items()],
    ),
    _job(
        "backupserv_job_begun_timestamp_seconds",
        "When the job's last run began; 0 = never.",
        lambda item: seconds(item.begun_at),
    ),
    _job(
        "backupserv_job_next_timestamp_seconds",
        "When it begins next, in the past where it is late; 0 = never again.",
        lambda item: seconds(item.next_at),
    ),
    _job("backupserv_job_failing", "1 while its last run was not good.", lambda item: item.failing),
    _job("backupserv_job_paused", "1 while somebody does not want it to begin.", lambda item: item.paused),
    Metric(
        name="backupserv_run_last_success_timestamp_seconds",
        help="When the last good run of the verb began, whatever it was done to; 0 = never.",
        labels=("verb",),
        read=_runs(lambda item: seconds(item.good.at if item.good else None)),
    ),
    Metric(
        name="backupserv_run_last_duration_seconds",
        help="How long the last run of the verb took, good or not.",
        labels=("verb",),
        read=_runs(lambda item: item.last.seconds if item.last else 0),
    ),
)
