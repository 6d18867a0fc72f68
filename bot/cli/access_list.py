"""`backupserv who #CHAN [WHEN]`: who has access to a channel, now or then."""

import argparse

from bot.cli.common import open_engine, print_json, progress
from core.operations.side import LIVE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which channel, and when."""
    parser.add_argument("channel", metavar="#CHAN")
    parser.add_argument("when", metavar="ID|WHEN", nargs="*", help="default: the living database")
    parser.epilog = "hostmasks are addresses, and only counted\nexample: backupserv who '#garden' yesterday 21:00"


def run(args: argparse.Namespace) -> int:
    """Where it was read, then an entry a line, founders first."""
    with progress(args) as steps:
        report = open_engine(args).who(args.channel, " ".join(args.when) or LIVE, progress=steps)
    if args.json:
        print_json(report.as_dict())
    else:
        print("\n  ".join(report.told()))
    return 0
