"""`backupserv restore user NICK`: the plan, a question, and then the whole of it or nothing."""

import argparse
import sys

from bot.cli.backup import who
from bot.cli.common import open_engine, print_json, progress
from bot.cli.main import add_shared
from core.operations.engine import Engine
from core.operations.plan_restore import RestorePlan

_NOTHING_DONE = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is to come back."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    add_shared(shared)
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    user = what.add_parser("user", parents=[shared], help="one account, with its nicks, memos, certificates and access")
    user.add_argument("nick", metavar="NICK")
    user.add_argument("--from", dest="reference", metavar="WHEN|ID", help='"2h ago", "yesterday 21:00", an id')
    user.add_argument("--yes", action="store_true", help="do not ask: for scripts")
    user.add_argument("--dry-run", action="store_true", help="only show the plan")
    settle = what.add_parser(
        "settle", parents=[shared], help="end a restore that was cut short; `backupserv status` names it"
    )
    settle.add_argument("id", metavar="ID")
    settle.add_argument("--undo", action="store_true", help="put the database from before the restore back")
    parser.epilog = 'example: backupserv restore user alice --from "yesterday 21:00"'


def run(args: argparse.Namespace) -> int:
    """One of the two."""
    engine = open_engine(args)
    return _settle(args, engine) if args.what == "settle" else _user(args, engine)


def _settle(args: argparse.Namespace, engine: Engine) -> int:
    outcome = engine.settle(args.id, undo=args.undo)
    if args.json:
        print_json({"id": args.id.upper(), "outcome": outcome})
    else:
        print(outcome)
    return 0


def _user(args: argparse.Namespace, engine: Engine) -> int:
    with progress(args) as steps:
        plan = engine.plan_restore(args.nick, args.reference, progress=steps)
    if not args.json:
        _show(plan)
    if plan.blocked or args.dry_run or not _agreed(args):
        if args.json:
            print_json({"done": False, "plan": plan.as_dict()})
        return _NOTHING_DONE if plan.blocked or not args.dry_run else 0
    with progress(args) as steps:
        report = engine.restore(plan, by=f"{who()} on the command line", progress=steps)
    if args.json:
        done = [{"step": text, "seconds": round(seconds, 3)} for text, seconds in report.steps]
        print_json({"done": True, "id": report.id, "steps": done, "notes": list(report.notes), "plan": plan.as_dict()})
        return 0
    for text, seconds in report.steps:
        print(f"  {text}  {seconds:.1f}s")
    for note in report.notes:
        print(f"  note: {note}")
    print(f"DONE in {report.seconds:.1f}s: {report.account} is back. The database as it was: {report.before_image}")
    return 0


def _show(plan: RestorePlan) -> None:
    item = plan.plan
    print(f"PLAN  {plan.headline}")
    for mark, lines in (
        ("+", item.coming_back),
        ("+ access", item.access),
        ("- left out:", tuple(map(str, item.conflicts))),
        ("- left out:", item.left_out),
        ("! gives power back:", item.powers),
        ("  note:", item.notes),
    ):
        for line in lines:
            print(f"  {mark} {line}")
    print(f"  {plan.restart}")
    if plan.blocked:
        print(f"CANNOT: {plan.blocked}")


def _agreed(args: argparse.Namespace) -> bool:
    if args.yes:
        return True
    if args.json or not sys.stdin.isatty():
        print("nothing was done: --yes agrees to the plan where nobody can be asked", file=sys.stderr)
        return False
    return input("Type yes to go on: ").strip().lower() == "yes"
