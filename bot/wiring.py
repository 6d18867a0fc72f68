"""The composition root: settings become objects here, and only here."""

from bot.config import AskIrcSettings, AthemeSite, BotSettings, SqliteSite, StorageSettings
from core.clock import SystemClock
from core.control.command import CommandControl, CommandSettings
from core.control.jsonrpc import JsonRpcServices, JsonRpcSettings
from core.control.none import NoControl
from core.control.pidfile import PidfileControl, PidfileSettings
from core.control.rehearsal import AthemeRehearsal
from core.control.save_command import CommandServices, SaveCommandSettings
from core.control.silent import SilentServices
from core.crypto.age import AgeSealer
from core.journal import FileJournal
from core.operations.engine import Engine
from core.operations.site import Site
from core.ports import Clock, Control, Services, Storage
from core.registrations.wish import Network
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.sources.atheme import AthemeSource
from core.sources.sqlite import SqliteSource
from core.storage.local import LocalStorage
from core.storage.sftp import SftpStorage
from core.storage.sftp_settings import SftpSettings


def build_engine(settings: BotSettings, *, irc_services: Services | None = None) -> Engine:
    """The engine for one configuration. Touches no file that it need not read.

    `irc_services` is how services are asked where the configuration says "irc". Without it (the command line,
    IRC dead) nobody is asked, and the file is taken as it is.
    """
    clock = SystemClock()
    (storage_name, storage), *_ = settings.storage.items()
    return Engine(
        sites=[build_site(name, site, clock, irc_services) for name, site in settings.sources.items()],
        repository=Repository(
            storage=_storage(storage_name, storage),
            sealer=AgeSealer(recipients=settings.keys.recipients, identity_file=settings.keys.identity),
            clock=clock,
            network=settings.network.name,
            host=settings.network.host,
        ),
        ledger=Ledger(settings.state_dir / "ledger.jsonl"),
        journal=FileJournal(settings.state_dir / "audit.jsonl", clock=clock),
        state_dir=settings.state_dir,
        clock=clock,
        policies=settings.retention.policy,
    )


def build_site(name: str, settings: AthemeSite | SqliteSite, clock: Clock, irc_services: Services | None) -> Site:
    """One services database with everything that reaches it."""
    if isinstance(settings, SqliteSite):
        return _sqlite_site(name, settings)
    services = _services(settings, irc_services)
    source = AthemeSource(name=name, settings=settings, services=services, clock=clock)
    return Site(
        source=source,
        database=settings.database,
        network=source.network,
        control=_control(settings),
        services=services,
        rehearsal=AthemeRehearsal(settings.rehearsal) if settings.rehearsal is not None else None,
        start_seconds=settings.start_seconds,
        limit=settings.limit_bytes,
    )


def _sqlite_site(name: str, settings: SqliteSite) -> Site:
    return Site(
        source=SqliteSource(name=name, settings=settings),
        database=settings.database,
        network=Network(casemapping=settings.casemapping),
        control=_control(settings),
        services=SilentServices(),
        rehearsal=None,
        start_seconds=0,
        limit=settings.limit_bytes,
    )


def _storage(name: str, settings: StorageSettings) -> Storage:
    if isinstance(settings, SftpSettings):
        return SftpStorage(name, settings)
    return LocalStorage(name, settings)


def _control(settings: AthemeSite | SqliteSite) -> Control:
    if isinstance(settings.control, CommandSettings):
        return CommandControl(settings.control)
    if isinstance(settings.control, PidfileSettings):
        return PidfileControl(settings.control)
    return NoControl()


def _services(settings: AthemeSite, irc_services: Services | None) -> Services:
    ask = settings.ask
    if isinstance(ask, AskIrcSettings):
        return irc_services or SilentServices()
    if isinstance(ask, JsonRpcSettings):
        return JsonRpcServices(ask)
    if isinstance(ask, SaveCommandSettings):
        return CommandServices(ask)
    return SilentServices()
