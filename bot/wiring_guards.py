"""The guards, as a table: settings and the engine become what is looked at."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.config import BotSettings
from bot.wiring_looks import rare_guards
from core.domain.errors import BackupServError
from core.formats.sqlite import is_sqlite
from core.guards.cases import look_at_cases
from core.guards.corrupt import Database, Folder, look_at_leftovers
from core.guards.disk import Place, look_at_disks
from core.guards.guard import Guard, Look
from core.guards.reminders import look_at_reminders
from core.guards.running import Program, Running
from core.guards.saving import Saver, Saving
from core.operations.engine import Engine
from core.operations.site import Site
from core.sqlite_file import starts_with
from core.storage.local import LocalSettings


def build_guards(settings: BotSettings, engine: Engine) -> tuple[Guard, ...]:
    """All of them. One that is switched off finds nothing any more, so that what it found before has its end."""
    remind = partial(look_at_reminders, engine.reminders.due)
    wanted = (
        *rare_guards(settings, engine),
        (settings.guards.disk, Guard(name="disk", look=partial(look_at_disks, _places(settings, engine)))),
        (settings.guards.saving, Guard(name="saving", look=_saving(engine).look, suggestion="!save")),
        (settings.guards.services, Guard(name="services", look=_running(engine).look)),
        (settings.guards.corrupt, Guard(name="corrupt", look=_leftovers(engine))),
        (True, Guard(name="incident", look=partial(look_at_cases, engine.cases.folder.current, engine.clock.now))),
        (bool(engine.remind), Guard(name="reminder", look=remind, suggestion="backupserv reminders")),
    )
    return tuple(guard if is_on else replace(guard, look=tuple, every_seconds=0) for is_on, guard in wanted)


def _saving(engine: Engine) -> Saving:
    """An SQLite database is written when something changes, and tells nothing while it rests."""
    savers = tuple(
        Saver(name=site.name, database=site.database, every_seconds=site.save_seconds, control=site.control)
        for site in engine.sites
        if site.save_seconds and not _is_sqlite(site)
    )
    return Saving(savers, engine.clock, lambda: {freeze.cause for freeze in engine.freezes.standing()})


def _is_sqlite(site: Site) -> bool:
    """Looked at once, before anybody has it open: guards open nothing."""
    try:
        return is_sqlite(starts_with(site.database, limit=site.limit))
    except BackupServError:
        return False  # it is missing, or cannot be read: other guards tell that


def _running(engine: Engine) -> Running:
    programs = tuple(
        Program(
            name=site.name,
            what="services" if site.is_services else f"the programs of {site.name}",
            control=site.control,
        )
        for site in engine.sites
    )
    return Running(programs, engine.clock)


def _leftovers(engine: Engine) -> Look:
    databases = tuple(Database(name=site.name, file=site.database) for site in engine.sites)
    folders = tuple(Folder(name=tree.name, path=tree.root) for tree in engine.trees if tree.thing == "ircd")
    return partial(look_at_leftovers, databases, folders, engine.clock)


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
