"""All metrics, as a table: the listing is the documentation."""

from bot import __version__
from bot.metrics.metric import Metric, one, seconds
from bot.metrics.of_objectives import OBJECTIVES
from bot.metrics.of_places import COPIES, TOLD
from bot.metrics.of_sources import SOURCES
from bot.metrics.own import Own
from core.operations.figures import Figures

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


def _certificates(figures: Figures) -> float:
    return sum(item.kept.newest.size for item in figures.sources if item.is_certificates and item.kept.newest)


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

METRICS = (*SOURCES, *OBJECTIVES, *COPIES, *TOLD, *WHOLE, *GUIDE)

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
    Metric(name="backupserv_tasks", help="Tasks of the event loop.", read=one(lambda own: own.tasks)),
    Metric(
        name="backupserv_parts_ailing",
        help="Parts of the bot that died and were begun again lately.",
        read=one(lambda own: own.ailing),
    ),
    Metric(
        name="backupserv_guards_looked_timestamp_seconds",
        help="When all guards had looked, the last time; 0 = not yet.",
        read=one(lambda own: seconds(own.guards_looked_at)),
    ),
)
