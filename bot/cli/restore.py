"""`backupserv restore user NICK`: the plan, a question, and then the whole of it or nothing."""

import argparse

from bot.cli.carrying import add_agreement, carry_out
from bot.cli.common import open_engine, print_json, progress
from bot.cli.main import add_shared
from bot.cli.thing_wishing import THINGS, add_thing, thing_wish_of
from bot.cli.wishing import add_wishes, wishes_of
from core.operations.engine import Engine
from core.registrations.wish import Kind, Target

_KINDS: dict[str, tuple[Kind, str, str]] = {
    "user": ("account", "NICK", "one account, with its nicks, memos, certificates and access"),
    "channel": ("channel", "#CHAN", "one channel, with its access list, topic and modes"),
    "group": ("group", "!GROUP", "one group, with its members and its access"),
}
_EPILOG = """\
examples:
  backupserv restore user alice --from "yesterday 21:00"
  backupserv restore channel '#garden' --founder bob
What somebody else has by now stays theirs. --merge and --replace say otherwise, for the whole or for one ITEM that the
plan names: a nick, a channel, a group, or certfp.
"""

_WHOLE = """\
examples:
  backupserv restore database --from "yesterday 21:00"
  backupserv restore tls --anyway older
  backupserv restore config unrealircd.conf --dry-run
What is there now is kept for seven days: `backupserv undo CODE` puts it back.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is to come back."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    add_shared(shared)
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    for word, (kind, metavar, line) in _KINDS.items():
        one = what.add_parser(word, parents=[shared], help=line, epilog=_EPILOG, formatter_class=parser.formatter_class)
        one.add_argument("name", metavar=metavar)
        one.add_argument("--from", dest="reference", metavar="WHEN|ID", help='"2h ago", "yesterday 21:00", an id')
        add_wishes(one, kind)
        add_agreement(one)
    for word, (thing, line) in THINGS.items():
        one = what.add_parser(word, parents=[shared], help=line, epilog=_WHOLE, formatter_class=parser.formatter_class)
        add_thing(one, thing)
        one.add_argument("--from", dest="reference", metavar="WHEN|ID", help='"2h ago", "yesterday 21:00", an id')
        add_agreement(one)
    settle = what.add_parser(
        "settle", parents=[shared], help="end a restore that was cut short; `backupserv status` names it"
    )
    settle.add_argument("id", metavar="ID")
    settle.add_argument("--undo", action="store_true", help="put back what was there before the restore")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """One of them."""
    engine = open_engine(args)
    if args.what == "settle":
        return _settle(args, engine)
    if args.what in THINGS:
        wish = thing_wish_of(args, THINGS[args.what][0])
        with progress(args) as steps:
            whole = engine.plan_thing(wish, args.reference, progress=steps)
        return carry_out(args, engine, whole)
    target = Target(kind=_KINDS[args.what][0], name=args.name)
    with progress(args) as steps:
        proposal = engine.plan_restore(target, args.reference, wishes_of(args), progress=steps)
    return carry_out(args, engine, proposal)


def _settle(args: argparse.Namespace, engine: Engine) -> int:
    outcome = engine.settle(args.id, undo=args.undo)
    if args.json:
        print_json({"id": args.id.upper(), "outcome": outcome})
    else:
        print(outcome)
    return 0
