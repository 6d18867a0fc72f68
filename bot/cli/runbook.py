"""`backupserv runbook`: what to do, step by step, with this network's names. Needs the configuration alone."""

import argparse

from bot.cli.common import load_settings, print_json
from bot.wiring_facts import facts_of
from core.domain.errors import SnapshotNotFound
from core.domain.runbooks import RUNBOOKS, runbook

_EPILOG = """\
examples:
  backupserv runbook                        all of them
  backupserv runbook services-db-lost       one, with what to type
  for name in $(backupserv runbook --quiet); do backupserv runbook $name; done > runbooks.txt    to print and keep
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="default: list them")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """A list, or the steps of one."""
    if args.name is None:
        return _list(args)
    wanted = runbook(args.name)
    if wanted is None:
        raise SnapshotNotFound(
            f"there is no runbook {args.name}", hint=f"there are: {', '.join(book.name for book in RUNBOOKS)}"
        )
    facts = facts_of(load_settings(args), local=True)
    if args.json:
        steps = [{"say": step.say, "chat": step.chat, "host": step.host} for step in wanted.steps(facts)]
        print_json({"name": wanted.name, "title": wanted.title, "steps": steps})
        return 0
    for line in wanted.on_the_host(facts):
        print(line)
    return 0


def _list(args: argparse.Namespace) -> int:
    if args.json:
        print_json([{"name": book.name, "title": book.title} for book in RUNBOOKS])
    for book in RUNBOOKS if not args.json else ():
        print(book.name if args.quiet else f"{book.name:<20} {book.title}")
    return 0
