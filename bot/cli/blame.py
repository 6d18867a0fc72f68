"""`backupserv blame NAME`: what changed about a nick, a channel or a group, and when."""

import argparse

from bot.cli.common import open_engine, print_json, progress

_NOT_CHECKED = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """About what."""
    parser.add_argument("name", metavar="NICK|#CHAN|!GROUP")
    parser.add_argument("--all", action="store_true", help="open every snapshot, not only the newest hundred")
    parser.epilog = (
        "exit code 0 looked at · 6 nothing changed, and something could not be read\n"
        "example: backupserv blame alice   ·   backupserv blame '#garden' --all"
    )


def run(args: argparse.Namespace) -> int:
    """A line a change, the newest first."""
    with progress(args) as steps:
        report = open_engine(args).blame(args.name, everything=args.all, progress=steps)
    if args.json:
        print_json(report.as_dict())
    else:
        for line in report.told():
            print(line)
    return _NOT_CHECKED if report.troubles and not report.steps else 0
