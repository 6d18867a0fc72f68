"""`backupserv reminders`: what people should do again and again, and what of it is due."""

import argparse

from bot.cli.common import open_engine, print_json
from bot.cli.who import who

_EPILOG = """\
examples:
  backupserv reminders                           what is due first
  backupserv reminders --done retention-review   it is done: written down with who and when
exit code 1 where something is due
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A look, or that one is done."""
    parser.add_argument("--done", metavar="NAME", help="this one is done")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """A line for each."""
    reminders = open_engine(args).reminders
    if args.done is not None:
        item = reminders.done(args.done, by=f"{who()} on the command line")
        if args.json:
            print_json(item.as_dict())
        else:
            print(f"{item.reminder.name} is done; due again {item.due_at:%Y-%m-%d}")
        return 0
    standings = reminders.standings()
    if args.json:
        print_json([item.as_dict() for item in standings])
    for item in standings if not args.json else ():
        print(f"{item.told}{f': {item.reminder.what} ({item.reminder.how})' if item.is_due else ''}")
    return int(any(item.is_due for item in standings))
