"""`backupserv extract`: what a snapshot holds, into a new folder."""

import argparse
from pathlib import Path

from bot.cli.common import open_engine, print_json, progress
from core.domain.moment import show
from core.domain.size import show_size

_EPILOG = """\
nothing that is there is ever written over, and nothing living is touched.

examples:
  backupserv extract latest --to /tmp/look
  backupserv extract 7q2fk3 --on s3 --to /tmp/look
  backupserv extract yesterday 21:00 --to /tmp/look
  backupserv extract latest --source config --path unrealircd.conf --to /tmp/look"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which, from where, to where."""
    parser.add_argument("snapshot", nargs="+", metavar="ID|WHEN", help="an id, a time, or latest")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="a folder, made if it is missing")
    parser.add_argument("--path", action="append", metavar="PATH", help="of a tree, only this; may be said again")
    parser.add_argument("--source", metavar="NAME", help="of this source; default: the services database")
    parser.add_argument("--on", metavar="STORAGE", help="from this storage; default: the repository")
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """What came out, and where it lies."""
    with progress(args) as steps:
        made = open_engine(args).extract(
            " ".join(args.snapshot), args.to, source=args.source, paths=args.path, storage=args.on, progress=steps
        )
    if args.json:
        print_json({"snapshot": made.snapshot.id, "path": str(made.path), "size": made.snapshot.size})
    else:
        item = made.snapshot
        print(f"{item.id} of {item.source} ({show(item.taken_at)}, {show_size(item.size)}) lies in {made.path}")
        for remark in made.remarks:
            print(f"  ! {remark}")
    return 0
