"""`backupserv pin`: a snapshot that stays, whatever the policy says."""

import argparse

from bot.cli.common import open_engine, print_json
from bot.cli.who import who


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which, and why."""
    parser.add_argument("snapshot", metavar="ID", help='an id, or "latest"')
    parser.add_argument("reason", metavar="REASON", nargs="+", help="told wherever it is kept")
    parser.epilog = "example: backupserv pin 7q2fk3 the state before the merger"


def run(args: argparse.Namespace) -> int:
    """It stays, with all it rests on, in every storage."""
    reason = " ".join(args.reason)
    snapshot = open_engine(args).retention.pin(args.snapshot, reason, by=f"{who()} on the command line")
    if args.json:
        print_json({"pinned": snapshot.id, "reason": reason})
    else:
        print(f"{snapshot.id} is pinned: {reason}")
    return 0
