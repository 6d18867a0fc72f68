"""bot.toml → typed settings. Every mistake is reported at once, by dotted path, and never a value."""

import os
import tomllib
from itertools import product
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from bot.access_settings import AccessSettings, contradictions
from bot.config_modes import must_not_be_anybodys
from bot.config_recovery import RecoverySettings
from bot.config_sources import AthemeSite, SourceSettings, SqliteSite, TreeSite, services_among
from bot.config_standby import LocalStandby, StandbySettings
from bot.config_words import mistake
from bot.guard_settings import GuardSettings
from bot.http_settings import HttpSettings
from bot.log_settings import LogSettings
from bot.metrics_settings import MetricsSettings
from bot.notify_settings import PingSettings, WaySettings
from bot.objectives_settings import ObjectivesSettings
from bot.reminder_settings import ReminderSettings
from bot.retention import RetentionSettings
from bot.saves_settings import SavesSettings
from bot.schedule_settings import ScheduleSettings
from bot.settings import IrcSettings, Name, Settings
from core.domain.errors import ConfigInvalid
from core.operations.history import IMPORTED_TREES, imported_name, is_imported
from core.repository.hierarchy import PERIODS
from core.secrets import Secret
from core.storage.local import LocalSettings
from core.storage.s3.settings import S3Settings
from core.storage.sftp_settings import SftpSettings

S = TypeVar("S", bound=Settings)

_LIMIT = 1 << 20  # a configuration is a page or two; a megabyte is a mistake

Recipient = Annotated[str, StringConstraints(pattern=r"^age1[02-9ac-hj-np-z]{10,}$", max_length=4096)]

PublicKey = Annotated[str, StringConstraints(pattern=r"^RW[A-Za-z0-9+/]{54}$")]


class NetworkSettings(Settings):
    """`[network]`: names the folder that this host's snapshots lie in."""

    name: Name
    host: Name = Field(default_factory=lambda: os.uname().nodename.split(".")[0] or "localhost")


class KeysSettings(Settings):
    """`[keys]`: to whom snapshots are sealed, and what opens them on this host."""

    recipients: list[Recipient] = Field(
        min_length=2, description="age recipients: this host's, and a recovery key that is kept elsewhere"
    )
    identity: Path | None = Field(default=None, strict=False, description="file with this host's age identity")
    passphrase: Secret | None = Field(default=None, description="what opens that file, if `age -p` sealed it")
    signing: Path | None = Field(default=None, strict=False, description="file with the key that signs snapshots")
    trusted: list[PublicKey] = Field(default=[], description="whose snapshots count; default: the signing key's")


StorageSettings = Annotated[LocalSettings | S3Settings | SftpSettings, Field(discriminator="kind")]


class BotSettings(Settings):
    """The whole file."""

    network: NetworkSettings
    state_dir: Path = Field(strict=False)
    keys: KeysSettings
    storage: dict[Name, StorageSettings] = Field(min_length=1)  # the first is the repository, the others keep copies
    sources: dict[Name, SourceSettings] = Field(min_length=1, max_length=100)
    standby: dict[Name, StandbySettings] = Field(default={}, max_length=20)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    recovery: RecoverySettings = Field(default_factory=RecoverySettings)
    objectives: ObjectivesSettings = Field(default_factory=ObjectivesSettings)
    irc: IrcSettings | None = None
    access: AccessSettings | None = None
    notify: dict[Name, WaySettings] = Field(default_factory=dict, max_length=20)
    ping: PingSettings | None = None
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    reminders: ReminderSettings = Field(default_factory=ReminderSettings)
    guards: GuardSettings = Field(default_factory=GuardSettings)
    saves: SavesSettings = Field(default_factory=SavesSettings)
    http: HttpSettings | None = None
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @property
    def sites(self) -> dict[str, AthemeSite | SqliteSite]:
        """The databases, that of services first."""
        found = {name: item for name, item in self.sources.items() if not isinstance(item, TreeSite)}
        first = services_among(found)
        return {name: found[name] for name in (*first, *(name for name in found if name not in first))}

    @property
    def trees(self) -> dict[str, TreeSite]:
        """The trees of files."""
        return {name: item for name, item in self.sources.items() if isinstance(item, TreeSite)}


class ConnectionSettings(Settings):
    """What of the file concerns the connection alone; the rest may be missing, and is not looked at."""

    model_config = ConfigDict(extra="ignore")

    state_dir: Path = Field(strict=False)
    irc: IrcSettings


def load(path: Path) -> BotSettings:
    """Read and check the configuration.

    Raises:
        ConfigInvalid: with one line per mistake: dotted path, what was expected. Values are never quoted:
            one of them may be a password in the wrong place.
    """
    return parse(_read(path), where=str(path))


def load_connection(path: Path) -> ConnectionSettings:
    """Read and check what concerns the connection. Raises the same."""
    where = str(path)
    return _validated(ConnectionSettings, _raw(_read(path), where), where)


def parse(text: str, *, where: str = "bot.toml") -> BotSettings:
    """The settings in `text`; `where` names the file in messages."""
    settings = _validated(BotSettings, _raw(text, where), where)
    if mistakes := _contradictions(settings):
        raise _invalid(where, mistakes)
    return settings


def _raw(text: str, where: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid(f"{where} is not TOML: {error}", hint="mend that line and try again") from None


def _validated(kind: type[S], raw: dict[str, object], where: str) -> S:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        mistakes = [mistake(raw, item) for item in error.errors(include_url=False, include_input=False)]
        raise _invalid(where, mistakes) from None


def _invalid(where: str, mistakes: list[str]) -> ConfigInvalid:
    count = "one mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    return ConfigInvalid(f"{where} has {count}:\n" + "\n".join(f"  {line}" for line in mistakes))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            must_not_be_anybodys(path, file.fileno())
            content = file.read(_LIMIT + 1)
    except FileNotFoundError:
        raise ConfigInvalid(
            f"there is no configuration at {path}",
            hint="`backupserv init` writes one; --config FILE names another",
        ) from None
    except OSError as error:
        raise ConfigInvalid(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > _LIMIT:
        raise ConfigInvalid(f"{path} is larger than {_LIMIT} bytes", hint="is it the right file?")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ConfigInvalid(f"{path} is not UTF-8 (byte {error.start})") from None


def _contradictions(settings: BotSettings) -> list[str]:
    """What each table allows and the tables together do not."""
    mistakes = []
    if settings.irc is not None and settings.access is None:
        mistakes.append("access.accounts: missing: with [irc], say whose commands are obeyed")
    if settings.access is not None:
        mistakes += contradictions(settings.access)
    mistakes += _unsourced(settings)
    mistakes += _unfollowed(settings)
    mistakes += _unkept(settings)
    for name, job in settings.schedule.jobs.items():
        strange = [source for source in job.sources if source not in settings.sources]
        mistakes += [f"schedule.jobs.{name}.sources: {source} is no source" for source in strange]
    strange = [name for name in settings.recovery.order if name not in settings.sources]
    mistakes += [f"recovery.order: {name} is no source" for name in strange]
    strange = [name for name in settings.objectives.source if name not in settings.sources]
    mistakes += [f"objectives.source: {name} is no source" for name in strange]
    strange = [name for name in settings.objectives.offsite or () if name not in settings.storage]
    mistakes += [f"objectives.offsite: {name} is no storage" for name in strange]
    if len(set(settings.keys.recipients)) < len(settings.keys.recipients):
        mistakes.append("keys.recipients: the same recipient twice: the second one should be a recovery key")
    if not settings.state_dir.is_absolute():
        mistakes.append("state_dir: expected an absolute path")
    return mistakes


def _unsourced(settings: BotSettings) -> list[str]:
    """What is wrong with the sources."""
    mistakes = []
    for name, source in settings.sources.items():
        if sorted(set(source.bases), key=PERIODS.index) != source.bases:
            known = ", ".join(f'"{period}"' for period in PERIODS)
            mistakes.append(f"sources.{name}.bases: expected some of {known}, in this order")
        if is_imported(name):
            mistakes.append(f"sources.{name}: names that end so are for what `backupserv import` adopts")
    if len(services_among(settings.sites)) != 1:
        mistakes.append(
            'sources: expected one services database: of kind "atheme", or the only one of kind "sqlite", or the one '
            "of them that says services = true; and any number of others"
        )
    for name, site in settings.sites.items():
        if site.ask.kind == "irc" and settings.irc is None:
            mistakes.append(f'sources.{name}.ask.kind: "irc" needs an [irc] table')
    return mistakes


def _unfollowed(settings: BotSettings) -> list[str]:
    """What is wrong with the standbys."""
    mistakes = []
    lived_on = {site.database for site in settings.sites.values()}
    for name, standby in settings.standby.items():
        if standby.source is not None and standby.source not in settings.sites:
            mistakes.append(f"standby.{name}.source: no services database has that name")
        if isinstance(standby, LocalStandby) and standby.path in lived_on:
            mistakes.append(f"standby.{name}.path: services live on that file: name another one")
    paths = [standby.path for standby in settings.standby.values() if isinstance(standby, LocalStandby)]
    if len(set(paths)) < len(paths):
        mistakes.append("standby: two of them are the same file")
    return mistakes


def _unkept(settings: BotSettings) -> list[str]:
    """Policies that keep nothing, and tables for what is not there."""
    told = settings.retention
    mistakes = [f"retention.storage.{name}: no such storage" for name in told.storage if name not in settings.storage]
    sources = {*settings.sources, *(imported_name(name) for name in (*settings.sources, *IMPORTED_TREES))}
    mistakes += [f"retention.sources.{name}: no such source" for name in told.sources if name not in sources]
    places = product(settings.storage, ("", *sources))
    if any(told.policy(storage=storage, source=source).keeps_nothing for storage, source in places):
        mistakes.append("retention: keeps nothing: one of its numbers, or within, must be more than 0")
    return mistakes
