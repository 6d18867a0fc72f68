"""`backupserv freeze`: nothing at all is removed until `thaw`."""

import argparse

from bot.cli.common import open_engine, print_json
from bot.cli.who import who


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Why."""
    parser.add_argument("reason", metavar="REASON", nargs="+", help="told by status and by every plan")
    parser.epilog = "example: backupserv freeze somebody dropped half of our channels"


def run(args: argparse.Namespace) -> int:
    """Nothing goes, anywhere."""
    reason = " ".join(args.reason)
    open_engine(args).retention.freeze(reason, by=f"{who()} on the command line")
    if args.json:
        print_json({"frozen": reason})
    else:
        print(f"frozen: {reason}. Nothing is removed until `backupserv thaw`")
    return 0
