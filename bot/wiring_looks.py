"""Guards that look rarely, or may wait for a storage, and what they look at. Called from `bot.wiring_guards` alone."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from bot.config import BotSettings
from bot.settings import read_address
from core.certificates.certificate import Certificate
from core.domain.errors import BackupServError
from core.domain.finding import Finding
from core.guards.certificates import Certificates, look_at_certificates
from core.guards.clock import ClockJumps, latest_of
from core.guards.copies import behind, look_at_copies
from core.guards.guard import Guard, each
from core.guards.keys import Key, look_at_keys
from core.guards.locks import LockedPlace, look_at_locks
from core.guards.objectives import look_at_objectives
from core.guards.pace import look_at_pace
from core.operations.canary import Canary
from core.operations.engine import Engine
from core.operations.keys import KeyProofs, opens
from core.operations.mass_changes import MassChanges
from core.operations.site import TreeSite
from core.storage.s3.settings import S3Settings

_ROUND, _MINUTES, _HOURS = 1.0, 300.0, 6 * 3600.0  # seconds that a look is good for


class _Quiet:
    def step(self, text: str) -> None:
        """Nobody looks on."""


def rare_guards(settings: BotSettings, engine: Engine) -> Iterator[tuple[bool, Guard]]:
    """Those whose look costs something, or whose answer does not change in seconds."""
    on, now = settings.guards, engine.clock.now
    names = [*(site.name for site in engine.sites), *(tree.name for tree in engine.trees)]
    yield on.pace, Guard(name="pace", look=partial(look_at_pace, names, engine.runs.all, now), every_seconds=_MINUTES)
    standing = partial(behind, engine.repository, engine.copies)
    copies = partial(look_at_copies, standing, now, after=on.copies_after)
    yield on.copies and bool(engine.copies), Guard(name="copies", look=copies, every_seconds=_MINUTES)
    keys = partial(look_at_keys, partial(keys_of, settings, engine), now, within=on.keys_within)
    yield on.keys, Guard(name="keys", look=keys, every_seconds=_HOURS)
    locked = tuple(locked_places(settings, engine))
    yield on.locks and bool(locked), Guard(name="locks", look=partial(look_at_locks, locked, now), every_seconds=_HOURS)
    canary = Canary(
        engine.site, engine.repository, state_dir=engine.state_dir, clock=engine.clock, every=on.canary.every
    )
    yield on.canary.enabled, Guard(name="canary", look=canary.look, every_seconds=60)
    mass = [
        MassChanges(one, engine.repository, state_dir=engine.state_dir, clock=engine.clock, limits=on.mass.limits)
        for one in engine.sites
        if one.is_services
    ]
    yield (
        on.mass_change,
        Guard(name="mass", look=lambda: each(one.look for one in mass), every_seconds=_ROUND),
    )
    certificates = partial(look_at_certificates, certificates_of(settings, engine), engine.handshake, now)
    yield on.certificates, Guard(name="certificates", look=certificates, every_seconds=_HOURS)
    aims = partial(look_at_objectives, engine.objectives)
    yield (
        on.objectives,
        Guard(name="objectives", look=aims, suggestion="backupserv status", every_seconds=_MINUTES),
    )
    jumps = ClockJumps(engine.clock, lambda: latest_of(engine.snapshots()))
    yield on.clock, Guard(name="clock", look=jumps.look, suggestion="timedatectl", every_seconds=_ROUND)


def certificates_of(settings: BotSettings, engine: Engine) -> Certificates:
    """Trees of certificates, the ports that serve them, the servers of IRC, and our own."""
    trees = [tree for tree in engine.trees if tree.thing == "tls" and tree.check is not None]
    serving = [(f"port/{address}", address, address) for tree in trees for address in tree.serves]
    return Certificates(
        trees=[(tree.name, partial(_findings, tree)) for tree in trees],
        ports=[*serving, *_servers(settings)],
        lying={address: partial(_lying, tree) for tree in trees for address in tree.serves},
        files=[(name, people, file) for name, people, file in _own(settings) if file is not None],
    )


def _findings(tree: TreeSite) -> tuple[Finding, ...]:
    return tree.source.scan(_Quiet()).findings


def _lying(tree: TreeSite) -> Iterator[Certificate]:
    """What a server would show, of each pair in a tree."""
    from core.operations.things.tls_sides import Lying, shelf_of  # noqa: PLC0415 — start-up time is a promise

    for pair in shelf_of(Lying(tree.source.scan(_Quiet())), tree.root).pairs.values():
        yield pair.leaf


def _servers(settings: BotSettings) -> Iterator[tuple[str, str, str]]:
    """Where the bot speaks TLS from the first byte."""
    irc = settings.irc
    if irc is None or irc.tls.mode != "always":
        return
    for text in dict.fromkeys([*([irc.server] if irc.server else []), *irc.servers]):
        address = str(read_address(text, irc.port))
        yield f"irc/{address}", f"the IRC server {address}", address


def _own(settings: BotSettings) -> Iterator[tuple[str, str, Path | None]]:
    if settings.irc is not None:
        yield "own/irc", "our own certificate for IRC", settings.irc.tls.certificate
    if settings.http is not None:
        yield "own/http", "the certificate of the status page", settings.http.certificate


def locked_places(settings: BotSettings, engine: Engine) -> Iterator[LockedPlace]:
    """Buckets that lock what they store."""
    for place in (engine.repository, *engine.copies):
        storage = settings.storage[place.name]
        if not isinstance(storage, S3Settings) or storage.lock is None:
            continue
        from core.storage.s3.storage import S3Storage  # noqa: PLC0415 — start-up time is a promise

        is_copy, heads = place is not engine.repository, place.heads
        yield LockedPlace(
            name=place.name,
            repository=engine.repository,
            reached=partial(heads.known, place.name) if is_copy and heads is not None else None,
            storage=S3Storage(place.name, storage, clock=engine.clock),  # one that is asked once: guards do not wait
            lasts=timedelta(days=storage.lock.days),
        )


def keys_of(settings: BotSettings, engine: Engine) -> Iterator[Key]:
    """Whom new snapshots are sealed to."""
    proofs, entries = KeyProofs(engine.state_dir).latest(), engine.repository.catalogue().entries
    for recipient in settings.keys.recipients:
        sealed = [entry.snapshot.taken_at for entry in entries if recipient in entry.recipients]
        proof = proofs.get(recipient)
        yield Key(
            recipient=recipient,
            sealed_at=min(sealed, default=None),
            proven_at=proof.at if proof is not None else None,
            is_here=_is_here(recipient, settings),
        )


def _is_here(recipient: str, settings: BotSettings) -> bool:
    """Whether this host's identity opens it: tried."""
    from core.crypto.age import AgeSealer  # noqa: PLC0415 — start-up time is a promise

    keys = settings.keys
    passphrase = keys.passphrase.reveal if keys.passphrase is not None else None
    try:
        return opens(AgeSealer(recipients=[recipient], identity_file=keys.identity, passphrase=passphrase))
    except BackupServError:
        return False  # it seals only, or its identity needs a passphrase: who opens it is somewhere else
