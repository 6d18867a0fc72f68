"""`backupserv check`: prove the configuration, probe by probe."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from bot.cli.common import load_settings, passphrase_asker, print_json
from bot.config import BotSettings
from bot.wiring import build_engine
from core.domain.errors import BackupServError
from core.operations.check import probes
from core.secrets import Secret

_MARKS = {"ok": "ok  ", "fail": "FAIL", "skip": "skip"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One probe's verdict."""

    what: str
    verdict: Literal["ok", "fail", "skip"]
    detail: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing beyond what all verbs take."""
    parser.add_argument("--no-irc", action="store_true", help="leave the IRC server out")
    parser.epilog = "exit code 0 if every probe is ok, 1 if one failed; nothing is changed but for a probe object"


def run(args: argparse.Namespace) -> int:
    """One line a probe."""
    settings = load_settings(args)
    outcomes = []
    for outcome in _outcomes(settings, irc=not args.no_irc):
        outcomes.append(outcome)
        if not args.json:
            print(f"{_MARKS[outcome.verdict]}  {outcome.what} – {outcome.detail}", flush=True)
    if args.json:
        print_json([{"what": item.what, "verdict": item.verdict, "detail": item.detail} for item in outcomes])
    return int(any(outcome.verdict == "fail" for outcome in outcomes))


def _outcomes(settings: BotSettings, *, irc: bool) -> Iterator[Outcome]:
    try:
        engine = build_engine(settings, ask_passphrase=passphrase_asker())
    except BackupServError as error:
        yield Outcome(what="configuration", verdict="fail", detail=str(error))
        return
    for what, probe in probes(engine):
        yield _try(what, probe)
    for what, secret in _secrets(settings):
        yield _try(what, secret)
    if settings.irc is None or not irc:
        yield Outcome(what="IRC", verdict="skip", detail="not configured" if irc else "left out")
    else:
        from bot.irc.knock import knock  # noqa: PLC0415 — the irc library is slow to import

        server = settings.irc
        yield _try(f"IRC {server.server}:{server.port}", lambda: knock(server))


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
        "irc.sasl.password": irc.sasl.password if irc and irc.sasl else None,
        "irc.oper.password": irc.oper.password if irc and irc.oper else None,
        "irc.channel_key": irc.channel_key if irc else None,
    }
    for site in settings.sources.values():
        named["ask.password"] = getattr(site.ask, "password", None)
    for name, storage in settings.storage.items():
        for field in ("password", "passphrase"):
            named[f"storage.{name}.{field}"] = getattr(storage, field, None)
    for what, secret in named.items():
        if secret is not None:
            yield what, partial(_revealed, secret)


def _revealed(secret: Secret) -> str:
    secret.reveal()
    return f"readable, in {secret.place}"
