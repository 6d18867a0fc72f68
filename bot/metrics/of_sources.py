"""Metrics of each source: how old its newest snapshot is, how large, how well proven."""

from collections.abc import Callable, Iterator

from bot.metrics.metric import Metric, Sample, each, seconds
from core.operations.figures import Figures, SourceFigures

_KINDS = 40  # kinds of records of one source


def _source(name: str, text: str, read: Callable[[SourceFigures], float]) -> Metric[Figures]:
    return Metric(name=name, help=text, labels=("source",), read=each(lambda figures: figures.sources, read))


def _records(figures: Figures) -> Iterator[Sample]:
    for source in figures.sources:
        counts = source.kept.newest.counts if source.kept.newest is not None else {}
        for kind, number in sorted(counts.items())[:_KINDS]:
            yield (source.name, kind), float(number)


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
    _source("backupserv_snapshots_held", "Lost too much, and wait for somebody's word.", lambda item: item.kept.held),
    _source("backupserv_snapshots_damaged", "What the last look found damaged.", lambda item: item.kept.damaged),
)
