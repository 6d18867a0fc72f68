"""`backupserv promote [NAME]`: a standby becomes the live database on this host."""

import argparse

from bot.cli.carrying import add_agreement, carry_out
from bot.cli.common import open_engine, progress

_EPILOG = """\
Run it on the host where services shall live. The old services are stopped first: those of this host, or by
standby.NAME.old where they live elsewhere. What lies in the database's place now is kept for seven days:
`backupserv undo CODE` puts it back.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which, and what is known of the old one."""
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="the standby; default: the only one")
    parser.add_argument(
        "--old-is-down",
        action="store_true",
        help="the old services cannot be reached, and I know that they are down and stay so: two on one network fight",
    )
    add_agreement(parser)
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """The plan, a question, and then the whole of it or nothing."""
    engine = open_engine(args)
    with progress(args) as steps:
        proposal = engine.plan_promotion(args.name, old_is_down=args.old_is_down, progress=steps)
    return carry_out(args, engine, proposal)
