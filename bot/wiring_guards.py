"""The guards, as a table: settings and the engine become what is looked at."""

from functools import partial
from pathlib import Path

from bot.config import BotSettings
from core.guards.disk import Place, look_at_disks
from core.guards.guard import Guard
from core.guards.objectives import look_at_objectives
from core.operations.engine import Engine
from core.storage.local import LocalSettings


def build_guards(settings: BotSettings, engine: Engine) -> tuple[Guard, ...]:
    """Those that are switched on."""
    aims = partial(look_at_objectives, engine.objectives)
    wanted = (
        (settings.guards.disk, Guard(name="disk", look=partial(look_at_disks, _places(settings, engine)))),
        (settings.guards.objectives, Guard(name="objectives", look=aims, suggestion="backupserv status")),
    )
    return tuple(guard for is_on, guard in wanted if is_on)


def _places(settings: BotSettings, engine: Engine) -> tuple[Place, ...]:
    """Where services save, where snapshots lie, and where our own state is."""
    sites = [
        Place(
            name=f"where {site.name} is saved",
            folder=site.database.parent,
            file=site.database,
            cause=f"disk/{site.name}",
        )
        for site in engine.sites
    ]
    largest = engine.site.database
    storages: list[tuple[str, Path]] = [
        (name, item.path) for name, item in settings.storage.items() if isinstance(item, LocalSettings)
    ]
    stored = [Place(name=f"storage {name}", folder=path, file=largest, cause=f"disk/{name}") for name, path in storages]
    state = Place(name="our own state", folder=settings.state_dir, file=largest, cause="disk/state")
    return (*sites, *stored, state)
