"""All metrics that the figures give, as a table: the listing is the documentation."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from bot import __version__
from bot.metrics.metric import Metric, Sample, one, seconds
from bot.metrics.own import Own
from core.operations.figures import CopyFigures, Figures, SourceFigures, StandbyFigures, TargetFigures


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)
_KINDS = 40  # kinds of records of one source


def _each(items: Callable[[Figures], Sequence[N]], read: Callable[[N], float]) -> Callable[[Figures], list[Sample]]:
    return lambda figures: [((item.name,), float(read(item))) for item in items(figures)]


def _source(name: str, text: str, read: Callable[[SourceFigures], float]) -> Metric[Figures]:
    return Metric(name=name, help=text, labels=("source",), read=_each(lambda figures: figures.sources, read))


def _copy(name: str, text: str, read: Callable[[CopyFigures], float]) -> Metric[Figures]:
    return Metric(name=name, help=text, labels=("storage",), read=_each(lambda figures: figures.copies, read))


def _standby(name: str, text: str, read: Callable[[StandbyFigures], float]) -> Metric[Figures]:
    return Metric(name=name, help=text, labels=("standby",), read=_each(lambda figures: figures.standbys, read))


def _target(name: str, text: str, read: Callable[[TargetFigures], float]) -> Metric[Figures]:
    return Metric(name=name, help=text, labels=("target",), read=_each(lambda figures: figures.targets, read))


def _records(figures: Figures) -> Iterator[Sample]:
    for source in figures.sources:
        counts = source.kept.newest.counts if source.kept.newest is not None else {}
        for kind, number in sorted(counts.items())[:_KINDS]:
            yield (source.name, kind), float(number)


def _certificates(figures: Figures) -> float:
    return sum(item.kept.newest.size for item in figures.sources if item.is_certificates and item.kept.newest)


SOURCES: tuple[Metric[Figures], ...] = (
    _source(
        "backupserv_backup_last_success_timestamp_seconds",
        "What was written before is in a snapshot. A backup that failed never moves it; 0 = never.",
        lambda item: seconds(item.succeeded_at),
    ),
    _source(
        "backupserv_backup_last_attempt_timestamp_seconds",
        "When the last backup of this host began, good or not; 0 = never.",
        lambda item: seconds(item.attempts.last.at if item.attempts.last else None),
    ),
    _source(
        "backupserv_backup_last_duration_seconds",
        "How long the last backup took, good or not.",
        lambda item: item.attempts.last.seconds if item.attempts.last else 0,
    ),
    _source("backupserv_backup_failing", "1 while the last backup failed.", lambda item: item.attempts.failing),
    _source(
        "backupserv_source_saved_timestamp_seconds",
        "When the living database was written; 0 = it cannot be read, or the source is none.",
        lambda item: seconds(item.saved_at),
    ),
    _source(
        "backupserv_snapshot_timestamp_seconds",
        "When the newest snapshot was taken; 0 = there is none.",
        lambda item: seconds(item.kept.newest.taken_at if item.kept.newest else None),
    ),
    _source(
        "backupserv_snapshot_size_bytes",
        "The newest snapshot's plain content.",
        lambda item: item.kept.newest.size if item.kept.newest else 0,
    ),
    _source(
        "backupserv_snapshot_stored_bytes",
        "The newest snapshot as it is stored: packed, sealed, a delta perhaps.",
        lambda item: sum(piece.size for piece in item.kept.newest.pieces) if item.kept.newest else 0,
    ),
    _source("backupserv_snapshots", "Snapshots in the repository.", lambda item: item.kept.snapshots),
    _source("backupserv_stored_bytes", "All of them as they are stored.", lambda item: item.kept.stored),
    Metric(
        name="backupserv_records",
        help="What the newest snapshot holds: accounts, channels, files and more.",
        labels=("source", "kind"),
        read=_records,
    ),
    _source(
        "backupserv_proof_level",
        "How far the newest snapshot is proven: 1 stored bytes, 2 opens, 3 means what it should; 0 = not, or damaged.",
        lambda item: item.kept.proof.level if item.kept.proof and item.kept.proof.verdict == "proven" else 0,
    ),
    _source(
        "backupserv_proof_timestamp_seconds",
        "When the newest snapshot was looked at; 0 = never.",
        lambda item: seconds(item.kept.proof.at if item.kept.proof else None),
    ),
    _source(
        "backupserv_proven_snapshot_timestamp_seconds",
        "When the newest snapshot of proof level 3 was taken; 0 = there is none.",
        lambda item: seconds(item.kept.proven.taken_at if item.kept.proven else None),
    ),
    _source("backupserv_snapshots_damaged", "What the last look found damaged.", lambda item: item.kept.damaged),
)

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

WHOLE: tuple[Metric[Figures], ...] = (
    Metric(
        name="backupserv_build_info",
        help="Which version this is.",
        labels=("version",),
        read=lambda _: [((__version__,), 1.0)],
    ),
    Metric(
        name="backupserv_gathered_timestamp_seconds",
        help="Of when these figures are.",
        read=one(lambda figures: seconds(figures.at)),
    ),
    Metric(
        name="backupserv_gather_duration_seconds",
        help="How long it took to gather them.",
        read=one(lambda figures: figures.seconds),
    ),
    Metric(
        name="backupserv_repository_readable",
        help="1 while the repository can be listed.",
        read=one(lambda figures: figures.readable),
    ),
    Metric(
        name="backupserv_repository_listed_timestamp_seconds",
        help="Of when what is said of snapshots is; a far repository is listed seldom. 0 = never.",
        read=one(lambda figures: seconds(figures.listed_at)),
    ),
    Metric(
        name="backupserv_repository_problems",
        help="What of the repository could not be read, or does not fit.",
        read=one(lambda figures: figures.problems),
    ),
    Metric(
        name="backupserv_services_running",
        help="1 while services run; not there where that cannot be told.",
        read=lambda figures: [((), float(figures.services_running))] if figures.services_running is not None else [],
    ),
    Metric(name="backupserv_snapshots_pinned", help="Kept by a pin.", read=one(lambda figures: figures.pinned)),
    Metric(
        name="backupserv_frozen",
        help="1 while nothing may be removed.",
        read=one(lambda figures: figures.frozen),
    ),
)

# By these names the guide's own script told them, of services and certificates, without labels.
GUIDE: tuple[Metric[Figures], ...] = (
    Metric(
        name="backup_last_success_timestamp",
        help="As backupserv_backup_last_success_timestamp_seconds of services.",
        read=one(lambda figures: seconds(figures.sources[0].succeeded_at)),
    ),
    Metric(
        name="backup_database_size_bytes",
        help="As backupserv_snapshot_size_bytes of services.",
        read=one(lambda figures: figures.sources[0].kept.newest.size if figures.sources[0].kept.newest else 0),
    ),
    Metric(
        name="backup_ssl_size_bytes",
        help="As backupserv_snapshot_size_bytes of all certificates.",
        read=one(_certificates),
    ),
)

METRICS = (*SOURCES, *COPIES, *TOLD, *WHOLE, *GUIDE)

OWN: tuple[Metric[Own], ...] = (
    Metric(
        name="backupserv_start_timestamp_seconds",
        help="When the bot was started.",
        read=one(lambda own: seconds(own.started_at)),
    ),
    Metric(name="backupserv_irc_connected", help="1 while it is in the channel.", read=one(lambda own: own.on_irc)),
    Metric(name="backupserv_jobs_running", help="Commands at work.", read=one(lambda own: own.jobs)),
    Metric(
        name="backupserv_loop_lag_seconds",
        help="By how much the event loop was late, the worst of the last minute.",
        read=one(lambda own: own.lag),
    ),
    Metric(
        name="backupserv_parts_ailing",
        help="Parts of the bot that died and were begun again lately.",
        read=one(lambda own: own.ailing),
    ),
)
