"""`backupserv find NAME`: in which snapshots a nick, a channel or a group is."""

import argparse
from shlex import quote

from bot.cli.common import open_engine, print_json, progress
from core.operations.find import Whereabouts

_NOT_FOUND = 4
_NOT_CHECKED = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look for."""
    parser.add_argument("name", metavar="NICK|#CHAN|!GROUP")
    parser.add_argument("--all", action="store_true", help="open every snapshot, not only the newest hundred")
    parser.epilog = (
        "exit code 0 found · 4 found nowhere · 6 not found, and something could not be read\n"
        "example: backupserv find alice   ·   backupserv find '#chan'"
    )


def run(args: argparse.Namespace) -> int:
    """What it was, where it is, and how it comes back."""
    with progress(args) as steps:
        found = open_engine(args).find(args.name, everything=args.all, progress=steps)
    if args.json:
        print_json(found.as_dict())
    else:
        _tell(found)
    if found.stays or found.living:
        return 0
    return _NOT_CHECKED if found.troubles or found.live_trouble else _NOT_FOUND


def _tell(found: Whereabouts) -> None:
    print(found.now)
    for line in found.told:
        print(line)
    if not found.stays:
        print(f"in none of {found.looked:,} snapshots")
    if found.older:
        print(f"{found.older:,} older snapshots were not looked at: --all opens them too")
    for trouble in found.troubles:
        print(f"  ! {trouble}")
    if found.no_way_back:
        print(found.no_way_back)
    words, tail = found.way_back
    if words:
        *verb, name = words.split(" ")
        print(f"to bring it back: backupserv {' '.join(verb)} {quote(name)} --from {tail}")  # "#" begins a comment
