"""`backupserv check`: prove the configuration, probe by probe."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import product
from pathlib import Path

from bot.cli.check_schedule import check_schedule
from bot.cli.common import load_settings, passphrase_asker, print_json
from bot.cli.outcome import Outcome
from bot.cli.who_may import who_may
from bot.config import BotSettings
from bot.http_settings import HttpSettings
from bot.settings import IrcSettings
from bot.wiring import build_engine, keyholding
from core.domain.errors import BackupServError
from core.operations.check import probes
from core.secrets import Secret


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing beyond what all verbs take."""
    parser.add_argument("--no-irc", action="store_true", help="leave the IRC server out")
    parser.epilog = (
        "exit code 0 if no probe failed, 1 if one did; what is marked LOOK is no failure; nothing is changed but for a "
        "probe object"
    )


def run(args: argparse.Namespace) -> int:
    """One line a probe."""
    settings = load_settings(args)
    outcomes = []
    for outcome in _outcomes(settings, irc=not args.no_irc):
        outcomes.append(outcome)
        if not args.json:
            print(outcome, flush=True)
    if args.json:
        print_json([outcome.as_dict() for outcome in outcomes])
    return int(any(outcome.verdict == "fail" for outcome in outcomes))


def _outcomes(settings: BotSettings, *, irc: bool) -> Iterator[Outcome]:
    try:
        engine = build_engine(settings, ask_passphrase=passphrase_asker())
    except BackupServError as error:
        yield Outcome(what="configuration", verdict="fail", detail=str(error))
        return
    yield from _escrow(settings)
    if settings.access is not None:
        yield from who_may(settings.access)
    for what, probe in probes(engine):
        yield _try(what, probe)
    yield check_schedule(settings, engine)
    for what, secret in _secrets(settings):
        yield _try(what, secret)
    if settings.http is not None:
        yield from _page(settings.http)
    if settings.irc is None or not irc:
        yield Outcome(what="IRC", verdict="skip", detail="not configured" if irc else "left out")
    else:
        yield from _servers(settings.irc)


def _servers(irc: IrcSettings) -> Iterator[Outcome]:
    """What only the connection needs: the key that logs in, each server, and who vouches for people."""
    from bot.irc.knock import knock  # noqa: PLC0415 — the irc library is slow to import
    from bot.irc.unreal_rpc import knock_at, way_to  # noqa: PLC0415 — same

    if irc.sasl is not None and irc.sasl.key is not None:
        yield _try("irc.sasl.key", partial(_signing, irc.sasl.key))
    for address in irc.addresses:
        yield _try(f"IRC {address}", partial(knock, address, irc.tls))
    if (rpc := way_to(irc.oracle)) is not None:
        yield _try("UnrealIRCd JSON-RPC", partial(knock_at, rpc, irc.nick))


def _page(http: HttpSettings) -> Iterator[Outcome]:
    """Whether it can be served, and is kept from strangers."""
    from bot.http.knock import knock, weakness  # noqa: PLC0415 — start-up time is a promise

    yield _try("status page", partial(knock, http))
    with suppress(BackupServError):  # that the token cannot be read is told above
        if weak := weakness(http):
            yield Outcome(what="http.token", verdict="look", detail=weak)


def _escrow(settings: BotSettings) -> Iterator[Outcome]:
    """Whether somebody could open the snapshots once this host is gone."""
    holding = keyholding(settings)
    findings = list(holding.findings())
    for finding in findings:
        detail = f"{finding.text} — {finding.hint}"
        yield Outcome(what="where keys lie", verdict="fail" if finding.refused else "look", detail=detail)
    if not findings:
        detail = f"of {holding.recipients} recipients {holding.elsewhere} are opened by a key that is not on this host"
        yield Outcome(what="where keys lie", verdict="ok", detail=detail)


def _try(what: str, probe: Callable[[], str]) -> Outcome:
    try:
        detail = probe()
    except BackupServError as error:
        return Outcome(what=what, verdict="fail", detail=str(error))
    return Outcome(what=what, verdict="skip" if detail.startswith("not ") else "ok", detail=detail)


def _secrets(settings: BotSettings) -> Iterator[tuple[str, Callable[[], str]]]:
    """Every secret that the configuration names can be read, and by nobody else."""
    irc = settings.irc
    named = {
        "keys.passphrase": settings.keys.passphrase,
        "http.token": settings.http.token if settings.http is not None else None,
        "irc.sasl.password": irc.sasl.password if irc and irc.sasl else None,
        "irc.oper.password": irc.oper.password if irc and irc.oper else None,
        "irc.oracle.password": irc.oracle.password if irc else None,
        "irc.channel_key": irc.channel_key if irc else None,
    }
    for person in settings.access.everybody if settings.access is not None else ():
        named[f"access.people.{person.name}.totp"] = person.totp
    for site in settings.sites.values():
        named["ask.password"] = getattr(site.ask, "password", None)
    places = {f"storage.{name}": one for name, one in settings.storage.items()} | {
        f"standby.{name}": one for name, one in settings.standby.items()
    }
    for (name, place), field in product(places.items(), ("password", "passphrase", "access_key", "secret_key")):
        named[f"{name}.{field}"] = getattr(place, field, None)
    for what, secret in named.items():
        if secret is not None:
            yield what, partial(_revealed, secret)


def _revealed(secret: Secret) -> str:
    secret.reveal()
    return f"readable, in {secret.place}"


def _signing(key: Path) -> str:
    from core.crypto.ecdsa import CHALLENGE_BYTES, ChallengeSigner  # noqa: PLC0415 — start-up time is a promise

    ChallengeSigner(key).sign(bytes(CHALLENGE_BYTES))
    return f"signs, in file {key}"
