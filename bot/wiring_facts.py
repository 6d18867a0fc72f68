"""What runbooks say of this network: settings become words. In chat no path is whole."""

import shlex
from pathlib import Path

from bot.config import BotSettings
from bot.config_sources import ControlSettings, TreeSite, UnrealircdSite
from core.control.command import CommandSettings
from core.control.docker import DockerSettings
from core.control.pidfile import PidfileSettings
from core.control.silent import SilentSettings
from core.control.systemd import SystemdSettings
from core.domain.runbooks.page import Facts, Program, Saved

_WHAT = {"ssl": "tls", "config": "config", "ircd": "ircd"}  # by the folder in the repository, as things are


def facts_of(settings: BotSettings, *, local: bool) -> Facts:
    """`local`: for who sits on the host, with whole paths."""
    (name, site), *plain = settings.sites.items()
    told, stop, start = _told(site.control, local=local)
    databases = [Saved(name=other, what="database", place=_path(item.database, local=local)) for other, item in plain]
    return Facts(
        network=settings.network.name,
        host=settings.network.host,
        services=Program(
            source=name,
            database=_path(site.database, local=local),
            told=told,
            stop=stop,
            start=start,
            can_save=not isinstance(site.ask, SilentSettings),
        ),
        others=(*databases, *(_tree(other, item, local=local) for other, item in settings.trees.items())),
        storages=tuple(settings.storage),
        standbys=tuple(settings.standby),
        channel=settings.irc.channel if settings.irc is not None else "",
        recipients=len(settings.keys.recipients),
        opens=settings.keys.identity is not None,
        state=_path(settings.state_dir, local=local),
        ways=tuple(settings.notify),
    )


def _path(path: Path, *, local: bool) -> str:
    return str(path) if local else path.name


def _tree(name: str, tree: TreeSite, *, local: bool) -> Saved:
    if isinstance(tree, UnrealircdSite):
        return Saved(name=name, what="ircd", place=_path(tree.root, local=local))
    what = "tls" if tree.kind == "tls" else _WHAT.get(tree.folder or "", "files")
    return Saved(name=name, what=what, place=_path(tree.root, local=local), serves=tree.serves)


def _told(control: ControlSettings, *, local: bool) -> tuple[str, str, str]:
    """In words; what stops it by hand, and what starts it."""
    if isinstance(control, SystemdSettings):
        user = "--user " if control.user else ""
        words = [f"systemctl {user}{verb} {control.unit}" for verb in ("stop", "start")]
        return f"services (the unit {control.unit})", words[0], words[1]
    if isinstance(control, DockerSettings):
        words = [f"docker {verb} {control.container}" for verb in ("stop", "start")]
        return f"services (the container {control.container})", words[0], words[1]
    if isinstance(control, PidfileSettings):
        pidfile = _path(control.pidfile, local=local)
        return f"services (their pid is in {pidfile})", f'kill "$(cat {pidfile})"', _words(control.start, local=local)
    if isinstance(control, CommandSettings):
        return "services", _words(control.stop, local=local), _words(control.start, local=local)
    return "services", "", ""


def _words(words: list[str], *, local: bool) -> str:
    return shlex.join(words if local else [Path(words[0]).name, *(["…"] if len(words) > 1 else [])])
