"""`backupserv release`: a snapshot that is held is good."""

import argparse

from bot.cli.common import open_engine, print_json
from bot.cli.who import who


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which."""
    parser.add_argument("snapshot", metavar="ID", help="of a snapshot that is held; `backupserv snapshots` says which")
    parser.epilog = "so much was meant to go: later ones are judged by it. Example: backupserv release 7q2fk3"


def run(args: argparse.Namespace) -> int:
    """It may be the latest from now on."""
    snapshot = open_engine(args).release(args.snapshot, by=f"{who()} on the command line")
    if args.json:
        print_json({"released": snapshot.id})
    else:
        print(f"{snapshot.id} of {snapshot.source} is held no more: later ones are judged by it")
    return 0
