"""`backupserv undo ID`: take a restore back; the life since stays."""

import argparse

from bot.cli.carrying import add_agreement, carry_out
from bot.cli.common import open_engine, progress
from bot.cli.wishing import wishes_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which restore."""
    parser.add_argument("id", metavar="CODE", help="the code of the restore")
    parser.add_argument(
        "--replace", action="append", nargs="?", const="", metavar="ITEM", help="also what was changed since (or ITEM)"
    )
    add_agreement(parser)
    parser.epilog = "within 7 days; an undo is a restore of its own, and can be undone too"


def run(args: argparse.Namespace) -> int:
    """The plan, a question, and then the whole of it or nothing."""
    engine = open_engine(args)
    with progress(args) as steps:
        proposal = engine.plan_undo(args.id, wishes_of(args), progress=steps)
    return carry_out(args, engine, proposal)
