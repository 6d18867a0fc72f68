"""`backupserv verify`: read a snapshot back and prove it."""

import argparse

from bot.cli.common import open_engine, print_json, progress

_CODES = {"proven": 0, "damaged": 5, "unchecked": 6}
_WORDS = {"proven": "is good", "damaged": "is DAMAGED", "unchecked": "could not be checked"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which."""
    parser.add_argument("snapshot", nargs="*", metavar="ID|WHEN", help="default: the newest")
    parser.epilog = "exit code 0 proven, 5 damaged, 6 could not be checked\nexample: backupserv verify 7q2fk3"


def run(args: argparse.Namespace) -> int:
    """The verdict, and what it rests on."""
    with progress(args) as steps:
        report = open_engine(args).verify(" ".join(args.snapshot) or "latest", progress=steps)
    if args.json:
        print_json(
            {
                "snapshot": report.snapshot.id,
                "verdict": report.verdict,
                "level": report.level,
                "detail": report.detail,
                "seconds": round(report.seconds, 3),
            }
        )
    else:
        print(f"{report.snapshot.id} {_WORDS[report.verdict]} (level {report.level} of 3): {report.detail}")
    return _CODES[report.verdict]
