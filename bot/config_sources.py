"""What the `[sources]` part of the configuration says: what is saved, and how the program that owns it is reached."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.settings import AddressText, Settings, Word
from core.control.command import CommandSettings
from core.control.docker import DockerSettings
from core.control.docker_signal import AskDockerSettings
from core.control.jsonrpc import JsonRpcSettings
from core.control.none import NoneSettings
from core.control.pidfile import PidfileSettings
from core.control.rehearsal_settings import RehearsalSettings
from core.control.reload_command import ReloadCommandSettings
from core.control.reload_docker import ReloadDockerSettings
from core.control.reload_signal import ReloadSignalSettings
from core.control.reload_systemd import ReloadSystemdSettings
from core.control.reload_unrealircd import UnrealircdReloadSettings
from core.control.save_command import SaveCommandSettings
from core.control.silent import SilentSettings
from core.control.systemd import SystemdSettings
from core.repository.hierarchy import PERIODS, Period
from core.sources.atheme import AthemeSettings
from core.sources.files import FilesSettings
from core.sources.sqlite import SqliteSettings
from core.sources.unrealircd import UnrealircdSettings


class AskIrcSettings(Settings):
    """`ask = { kind = "irc" }`: asks OperServ as the bot itself; its account needs the right to UPDATE."""

    kind: Literal["irc"]
    operserv: Word = "OperServ"
    nickserv: Word = "NickServ"
    timeout_seconds: float = Field(default=10, gt=0, strict=False)


ReloadSettings = Annotated[
    ReloadCommandSettings
    | ReloadDockerSettings
    | ReloadSignalSettings
    | ReloadSystemdSettings
    | UnrealircdReloadSettings,
    Field(discriminator="kind"),
]

ControlSettings = Annotated[
    CommandSettings | DockerSettings | PidfileSettings | SystemdSettings | NoneSettings, Field(discriminator="kind")
]
AskSettings = Annotated[
    AskIrcSettings | AskDockerSettings | JsonRpcSettings | SaveCommandSettings | SilentSettings,
    Field(discriminator="kind"),
]


def _nobody_asked() -> SilentSettings:
    return SilentSettings(kind="none")


def _no_control() -> NoneSettings:
    return NoneSettings(kind="none")


Bases = Annotated[list[Period], Field(max_length=len(PERIODS))]


Owner = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}(:[a-z_][a-z0-9_-]{0,31})?$")]
_OWNER = 'whom its program runs as: "irc" or "irc:irc"; whose a database becomes where there was none'


class AthemeSite(AthemeSettings):
    """`[sources.NAME]`: an Atheme database, and how its program is reached."""

    control: ControlSettings
    ask: AskSettings = Field(default_factory=_nobody_asked)
    rehearsal: RehearsalSettings | None = None
    owner: Owner | None = Field(default=None, description=f"{_OWNER}; default: rehearsal.user")
    start_seconds: float = Field(
        default=30, gt=0, strict=False, description="how long NickServ may take to answer after a start"
    )
    bases: Bases = Field(
        default=list(PERIODS), description="a full for each of the first; [] = every snapshot is a full"
    )


class SqliteSite(SqliteSettings):
    """`[sources.NAME]`: an SQLite database: accounts and channels, or anything else.

    Nobody is stopped for rows that come back into it, since several may write. For the whole of it its program is.
    """

    control: ControlSettings = Field(default_factory=_no_control)
    ask: SilentSettings = Field(default_factory=_nobody_asked)
    services: bool | None = Field(
        default=None, description="whether it is the services database, where there is more than one SQLite database"
    )
    owner: Owner | None = Field(default=None, description=_OWNER)
    start_seconds: float = Field(default=30, gt=0, strict=False, description="how long its program may take to start")
    bases: Bases = Field(
        default=list(PERIODS), description="a full for each of the first; [] = every snapshot is a full"
    )


class TreeSettings(FilesSettings):
    """`[sources.NAME]` with kind = "files" or "tls": a tree of files, and the program that lives on them."""

    control: ControlSettings = Field(default_factory=_no_control)
    reload: ReloadSettings | None = None
    serves: tuple[AddressText, ...] = Field(
        default=(), strict=False, max_length=50, description="of certificates: the TLS ports that must serve them"
    )
    bases: Bases = Field(default=list(PERIODS), description="as of a database")


class UnrealircdSite(UnrealircdSettings):
    """`[sources.NAME]` with kind = "unrealircd": the data folder of an IRCd, which is stopped while it is restored."""

    control: ControlSettings = Field(default_factory=_no_control)
    bases: Bases = Field(default=list(PERIODS), description="as of a database")


TreeSite = TreeSettings | UnrealircdSite

SourceSettings = Annotated[AthemeSite | SqliteSite | TreeSettings | UnrealircdSite, Field(discriminator="kind")]


def services_among(sites: Mapping[str, AthemeSite | SqliteSite]) -> list[str]:
    """The names of those that are a services database: there must be one. The others are plain databases."""
    says = [name for name, site in sites.items() if isinstance(site, SqliteSite) and site.services]
    atheme = [name for name, site in sites.items() if isinstance(site, AthemeSite)]
    return [*atheme, *says] or [
        name for name, site in sites.items() if isinstance(site, SqliteSite) and site.services is None
    ]
