"""`backupserv diff A [B]`: what changed, in people's terms."""

import argparse
from pathlib import Path

from bot.cli.common import open_engine, print_json, progress
from bot.cli.inspect import add_casemapping, casemapping_of
from core.operations.diff import DiffReport, diff, open_file
from core.operations.side import LIVE, Side
from core.ports import Progress
from core.registrations.difference_words import by_itself, totals


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which two."""
    parser.add_argument("before", metavar="A", help="an id, a time, latest, live, or a file (with a / in its name)")
    parser.add_argument("after", metavar="B", nargs="?", default=LIVE, help="the same; default: live")
    add_casemapping(parser)
    parser.add_argument("--limit", metavar="N", type=int, help="tell only the N weightiest changes")
    parser.epilog = (
        "two files need no configuration; values of passwords, addresses and hosts are never shown\n"
        'examples: backupserv diff "yesterday 21:00"   ·   backupserv diff 7q2fk3 latest   ·   '
        "backupserv diff ./old.db ./new.db"
    )


def run(args: argparse.Namespace) -> int:
    """The totals, then every change, the weightiest first."""
    with progress(args) as steps:
        report = _compare(args, steps)
    changes = report.difference.changes[: args.limit]
    if args.json:
        print_json(report.as_dict() | {"changes": [change.as_dict() for change in changes]})
    else:
        _tell(report, len(changes))
    return 0


def _compare(args: argparse.Namespace, steps: Progress) -> DiffReport:
    files = [_file(word) for word in (args.before, args.after)]
    if all(files):
        before, after = (open_file(path) for path in files if path is not None)
        return diff(before, after, casemapping=casemapping_of(args), progress=steps)
    engine = open_engine(args)
    sides: list[Side | str] = [
        word if path is None else open_file(path) for word, path in zip((args.before, args.after), files, strict=True)
    ]
    return engine.diff(*sides, progress=steps)


def _file(word: str) -> Path | None:
    """A path where it looks like one: ids and times have no slash in them, and seldom a file of their name."""
    path = Path(word)
    try:
        is_there = word not in {LIVE, "latest"} and path.is_file()
    except (OSError, ValueError):
        is_there = False
    return path if "/" in word or is_there else None


def _tell(report: DiffReport, most: int) -> None:
    difference = report.difference
    print(f"{report.before} → {report.after}")
    print(f"  {totals(difference)}")
    for change in difference.changes[:most]:
        print(f"  {'!' if change.rank <= 1 else ' '} {change}")
    if len(difference.changes) > most:
        print(f"    and {len(difference.changes) - most:,} more")
    rest = by_itself(difference)
    if rest:
        print(f"  not listed: {rest}")
