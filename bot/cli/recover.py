"""`backupserv recover`: the whole network back, on this machine or on an empty one."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.carrying import add_agreement, agreed
from bot.cli.common import load_settings, passphrase_asker, print_json, progress
from bot.cli.recover_told import show_found, show_last, show_open, show_plan
from bot.cli.who import who
from core.domain.errors import RestoreFailed

if TYPE_CHECKING:
    from bot.config import BotSettings
    from core.operations.engine import Engine
    from core.operations.recovery.plan import RecoveryPlan
    from core.operations.recovery.record import RecoveryRecord

_NOTHING_DONE = 3
_EPILOG = """\
On an empty machine this needs bot.toml, a storage in reach and one key that opens: the recovery key will do.
Everything that runs is stopped; configuration, certificates, databases and the IRCd's own files come back in this
order, all of one moment; then programs are started and looked at. What was cut short goes on with the next `recover`.
examples:
  backupserv recover --identity /root/recovery.key --dry-run
  backupserv recover --identity /root/recovery.key --on offsite --host irc1
  backupserv recover --from "yesterday 21:00" --only tls,services
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """From where, with which key, and how much of it."""
    parser.add_argument(
        "--from", dest="reference", metavar="WHEN|ID", help="everything as of then; default: the newest"
    )
    parser.add_argument(
        "--on", dest="storage", metavar="STORAGE", help="read from there; default: the first that has any"
    )
    parser.add_argument("--host", metavar="NAME", help="the lost machine's name in the storage; default: network.host")
    parser.add_argument(
        "--identity", metavar="FILE", type=Path, help="a file with a key that opens; default: keys.identity"
    )
    parser.add_argument("--only", metavar="A,B", type=_words, default=(), help="things (tls, config, …) or sources")
    parser.add_argument("--with", dest="also", metavar="FOLDER", action="append", default=[], help="also: logs")
    parser.add_argument(
        "--exact", action="store_true", help="also remove what is there now and is not in the snapshots"
    )
    parser.add_argument("--anew", action="store_true", help="give up the recovery that was cut short, and begin again")
    add_agreement(parser)
    parser.epilog = _EPILOG


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def run(args: argparse.Namespace) -> int:
    """Go on with what was cut short; otherwise look, show, ask, do."""
    engine = _engine(args)
    try:
        return _go(args, engine)
    except KeyboardInterrupt:
        last = engine.last_recovery()
        if last is None or not last.open:
            raise
        raise RestoreFailed(
            f"stopped by you: {last.standing}", hint="WHAT WAS STOPPED IS DOWN: `backupserv recover` goes on"
        ) from None


def _go(args: argparse.Namespace, engine: "Engine") -> int:
    last = engine.last_recovery()
    if last is not None and last.open:
        if not args.anew:
            return _resume(args, engine, last)
        if not args.dry_run:
            with progress(args) as steps:
                engine.give_up_recovery(progress=steps)
    return _recover(args, engine)


def _engine(args: argparse.Namespace) -> "Engine":
    from bot.wiring import build_engine  # noqa: PLC0415 — start-up time is a promise

    return build_engine(_settings(args), ask_passphrase=passphrase_asker(), bare=True)


def _settings(args: argparse.Namespace) -> "BotSettings":
    """Those of the file, with the name and the key of the command line."""
    settings = load_settings(args)
    if args.host:
        network = type(settings.network).model_validate({"name": settings.network.name, "host": args.host})
        settings = settings.model_copy(update={"network": network})
    if args.identity:
        keys = settings.keys.model_copy(update={"identity": args.identity.absolute(), "passphrase": None})
        settings = settings.model_copy(update={"keys": keys})
    return settings


def _recover(args: argparse.Namespace, engine: "Engine") -> int:
    from core.operations.recovery.terms import RecoveryWish  # noqa: PLC0415 — start-up time is a promise

    if not args.json:
        show_found(engine)
    wish = RecoveryWish(reference=args.reference, only=args.only, also=tuple(args.also), exact=args.exact)
    with progress(args) as steps:
        plan = engine.plan_recovery(wish, storage=args.storage, progress=steps)
    if not args.json:
        show_plan(plan, everything=args.dry_run)
    if plan.blocked or args.dry_run or not agreed(args):
        if args.json:
            print_json({"done": False, "plan": plan.as_dict()})
        return 0 if args.dry_run and not plan.blocked else _NOTHING_DONE
    with progress(args) as steps:
        record = engine.recover(plan, by=f"{who()} on the command line", progress=steps)
    return _tell(args, record, plan)


def _resume(args: argparse.Namespace, engine: "Engine", last: "RecoveryRecord") -> int:
    if not args.json:
        show_open(last)
    if args.dry_run or not agreed(args):
        if args.json:
            print_json({"done": False, "recovery": last.as_dict()})
        return 0 if args.dry_run else _NOTHING_DONE
    with progress(args) as steps:
        record = engine.resume_recovery(progress=steps)
    return _tell(args, record, None)


def _tell(args: argparse.Namespace, record: "RecoveryRecord", plan: "RecoveryPlan | None") -> int:
    if args.json:
        print_json({"done": True, "recovery": record.as_dict(), "plan": plan.as_dict() if plan else None})
    else:
        show_last(record)
    return 1 if record.faults else 0
