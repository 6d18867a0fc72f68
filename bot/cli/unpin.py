"""`backupserv unpin`: a pin is taken away."""

import argparse

from bot.cli.common import open_engine, print_json
from bot.cli.who import who


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which."""
    parser.add_argument("snapshot", metavar="ID", help="of a pinned snapshot; `backupserv retention` lists them")
    parser.epilog = "example: backupserv unpin 7q2fk3"


def run(args: argparse.Namespace) -> int:
    """The policy decides again."""
    found = open_engine(args).retention.unpin(args.snapshot, by=f"{who()} on the command line")
    if args.json:
        print_json({"unpinned": found})
    else:
        print(f"{found} is not pinned any more")
    return 0
