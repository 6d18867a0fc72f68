"""The composition root: settings become objects here, and only here."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config import BotSettings, StorageSettings
from bot.config_sources import (
    AthemeSite,
    SqliteSite,
)
from bot.wiring_notify import targets_of
from bot.wiring_objectives import build_aims
from bot.wiring_programs import build_control, build_services
from bot.wiring_recovery import build_terms, without_gone
from bot.wiring_standby import build_standbys
from bot.wiring_trees import build_tree
from core.clock import SystemClock
from core.control.handshake import TlsHandshake
from core.control.rehearsal_settings import RehearsalSettings
from core.control.silent import SilentServices
from core.crypto.age import AgeSealer
from core.crypto.identities import Identities, Passphrase, opened_by
from core.crypto.signing import MinisignSigner, MinisignVerifier, public_of
from core.domain.errors import ConfigInvalid
from core.journal.file import FileJournal
from core.operations.engine import Engine
from core.operations.site import Site
from core.ports import Clock, Rehearsal, Sealer, Services, Storage, Verifier
from core.program_ports import Boot
from core.registrations.wish import Network
from core.repository.bases import Bases
from core.repository.heads import Heads
from core.repository.ledger import Ledger
from core.repository.pins import Pins
from core.repository.remembering import RememberingVerifier
from core.repository.repository import Repository
from core.sources.atheme import AthemeSource
from core.sources.sqlite import SqliteSource
from core.storage.local import LocalSettings, LocalStorage
from core.storage.s3.settings import S3Settings
from core.storage.sftp_settings import SftpSettings

if TYPE_CHECKING:
    from core.operations.escrow import Keyholding


def build_engine(
    settings: BotSettings,
    *,
    irc_services: Services | None = None,
    sealer: Sealer | None = None,
    ask_passphrase: Passphrase | None = None,
    bare: bool = False,
) -> Engine:
    """The engine for one configuration. Touches no file that it need not read.

    `irc_services` are asked where it says "irc"; `sealer` opens with other identities. `bare`: see `_sites`.
    """
    clock = SystemClock()
    repository, *copies = build_repositories(settings, clock, sealer or build_sealer(settings, ask_passphrase))
    sites = _sites(settings, clock, irc_services, bare=bare)
    state, journal = settings.state_dir, build_journal(settings, clock)
    ledger = Ledger(state / "ledger.jsonl")
    standing = partial(build_standbys, settings.standby, state_dir=state, clock=clock, ledger=ledger, journal=journal)
    return Engine(
        sites=sites,
        trees=[build_tree(name, tree, clock) for name, tree in settings.trees.items()],
        repository=repository,
        copies=copies,
        ledger=ledger,
        journal=journal,
        state_dir=state,
        clock=clock,
        handshake=TlsHandshake(),
        policies=settings.retention.policy,
        terms=build_terms(settings.recovery, lambda: _sites(settings, clock, irc_services, bare=True)),
        tell=targets_of(settings),
        aims=build_aims(settings),
        remind=settings.reminders.wanted,
        limits=settings.guards.shrink.limits,
        standbys=standing(sites=sites, repository=repository),
    )


def build_journal(settings: BotSettings, clock: Clock) -> FileJournal:
    """The audit trail alone: it can be read whatever else is broken."""
    return FileJournal(settings.state_dir / "audit.jsonl", clock=clock)


def build_repositories(settings: BotSettings, clock: Clock, sealer: Sealer) -> list[Repository]:
    """The repository, which new snapshots go into, and the copies after it."""
    signer, verifier = build_signer(settings), build_verifier(settings)
    heads, released = Heads(settings.state_dir / "heads.json"), Pins(settings.state_dir).released
    return [
        Repository(
            storage=build_storage(name, storage, clock),
            sealer=sealer,
            clock=clock,
            network=settings.network.name,
            host=settings.network.host,
            bases=Bases(settings.state_dir / "bases"),
            signer=signer,
            verifier=verifier,
            heads=heads,
            released=released,
        )
        for name, storage in settings.storage.items()
    ]


def build_storage(name: str, settings: StorageSettings, clock: Clock) -> Storage:
    """One place for copies; what lies behind a network is tried more than once."""
    if isinstance(settings, LocalSettings):
        return LocalStorage(name, settings)
    from core.storage.retrying import RetryingStorage  # noqa: PLC0415 — start-up time is a promise

    return RetryingStorage(_far_storage(name, settings, clock), clock=clock)


def _far_storage(name: str, settings: S3Settings | SftpSettings, clock: Clock) -> Storage:
    if isinstance(settings, S3Settings):
        from core.storage.s3.storage import S3Storage  # noqa: PLC0415 — same

        return S3Storage(name, settings, clock=clock)
    from core.storage.sftp import SftpStorage  # noqa: PLC0415 — same

    return SftpStorage(name, settings)


def build_sealer(settings: BotSettings, ask_passphrase: Passphrase | None = None) -> AgeSealer:
    """Seals to the recipients, opens with this host's identity."""
    identities = build_identities(settings, ask_passphrase)
    return AgeSealer(
        recipients=settings.keys.recipients, identity_file=settings.keys.identity, passphrase=identities.passphrase
    )


def build_identities(settings: BotSettings, ask_passphrase: Passphrase | None = None) -> Identities:
    """This host's identities, which are read when they are needed."""
    keys = settings.keys
    return Identities(keys.identity, keys.passphrase.reveal if keys.passphrase is not None else ask_passphrase)


def build_signer(settings: BotSettings) -> MinisignSigner | None:
    """Signs with this host's key, if it has one."""
    return MinisignSigner(settings.keys.signing) if settings.keys.signing is not None else None


def build_verifier(settings: BotSettings) -> Verifier | None:
    """Knows whose snapshots count; None where nobody said."""
    keys = settings.keys
    own = [public_of(keys.signing)] if keys.signing is not None and not keys.trusted else []
    trusted = keys.trusted or own
    if not trusted:
        return None
    return RememberingVerifier(MinisignVerifier(trusted), settings.state_dir / "verified", trusted=tuple(trusted))


def keyholding(settings: BotSettings) -> "Keyholding":
    """Where identities lie, and what is saved and kept on this host."""
    from core.operations.escrow import Keyholding  # noqa: PLC0415 — what only `backup` and `check` ask

    recovery, identity = settings.state_dir / "recovery.key", settings.keys.identity
    storages = settings.storage.items()
    identities = [identity.resolve()] if identity is not None else []
    recoveries = [recovery.resolve()] if recovery.exists() else []
    return Keyholding(
        identities=identities,
        recovery=recoveries[0] if recoveries else None,
        opened=opened_by(dict.fromkeys([*identities, *recoveries]), settings.keys.recipients),
        recipients=len(settings.keys.recipients),
        storages={name: item.path.resolve() for name, item in storages if isinstance(item, LocalSettings)},
        captured=_captured(settings),
    )


def _captured(settings: BotSettings) -> dict[str, Path]:
    """What is saved, by a name for people."""
    captured = {name: site.database.resolve() for name, site in settings.sites.items()}
    for name, tree in settings.trees.items():
        captured |= {f"{name} ({path})": (tree.root / path).resolve() for path in tree.paths}
    return captured


def must_be_recoverable(settings: BotSettings) -> None:
    """Refuse to make backups that nobody could open once this host is gone, or that anybody could.

    Raises:
        ConfigInvalid: an identity lies where it must not.
    """
    for finding in keyholding(settings).findings():
        if finding.refused:
            raise ConfigInvalid(finding.text, hint=finding.hint)


def _sites(settings: BotSettings, clock: Clock, irc_services: Services | None, *, bare: bool) -> list[Site]:
    """All of them, that of services first. `bare`: the configuration of services may be gone."""
    return [
        build_site(name, without_gone(site) if bare else site, clock, irc_services, is_services=place == 0)
        for place, (name, site) in enumerate(settings.sites.items())
    ]


def build_site(
    name: str,
    settings: AthemeSite | SqliteSite,
    clock: Clock,
    irc_services: Services | None,
    *,
    is_services: bool = True,
) -> Site:
    """One database with everything that reaches it."""
    if isinstance(settings, SqliteSite):
        return _sqlite_site(name, settings, is_services=is_services)
    services = build_services(settings.ask, irc_services)
    source = AthemeSource(name=name, settings=settings, services=services, clock=clock)
    return Site(
        source=source,
        database=settings.database,
        network=source.network,
        control=build_control(settings.control),
        services=services,
        rehearsal=_rehearsal(settings.rehearsal) if settings.rehearsal is not None else None,
        boot=_boot(settings.rehearsal) if settings.rehearsal is not None else None,
        start_seconds=settings.start_seconds,
        limit=settings.limit_bytes,
        save_seconds=source.save_seconds,
        bases=settings.bases,
        owner=settings.owner or (settings.rehearsal.user if settings.rehearsal is not None else None) or "",
    )


def _rehearsal(settings: RehearsalSettings) -> Rehearsal:
    from core.control.rehearsal import AthemeRehearsal  # noqa: PLC0415 — start-up time is a promise

    return AthemeRehearsal(settings)


def _boot(settings: RehearsalSettings) -> Boot:
    from core.control.boot import AthemeBoot  # noqa: PLC0415 — same

    return AthemeBoot(settings)


def _sqlite_site(name: str, settings: SqliteSite, *, is_services: bool) -> Site:
    return Site(
        source=SqliteSource(name=name, settings=settings, is_services=is_services),
        database=settings.database,
        network=Network(casemapping=settings.casemapping),
        control=build_control(settings.control),
        services=SilentServices(),
        rehearsal=None,
        start_seconds=settings.start_seconds,
        limit=settings.limit_bytes,
        bases=settings.bases,
        owner=settings.owner or "",
        is_services=is_services,
    )
