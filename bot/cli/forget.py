"""`backupserv forget NICK`: who bore that name, a question, and then no restore or export brings them back."""

import argparse
import sys

from bot.cli.common import open_engine, print_json, progress
from bot.cli.who import who
from core.erasure import Tombstone
from core.operations.bearers import Bearer, Bearers
from core.operations.engine import Engine
from core.operations.forget import not_done

_NOTHING_DONE = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who, or which tombstone."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("nick", metavar="NICK", nargs="?", help="an account, or a nick that was grouped to it")
    what.add_argument("--list", action="store_true", help="all tombstones: days and ids; nobody can read names there")
    what.add_argument("--undo", metavar="ID", help="take a tombstone back")
    several = parser.add_mutually_exclusive_group()
    several.add_argument("--registered", metavar="DAY", help="of several who bore that name, who was registered then")
    several.add_argument("--all", action="store_true", help="all who ever bore that name")
    parser.add_argument("--yes", action="store_true", help="do not ask: for scripts")
    parser.epilog = "example: backupserv forget alice"


def run(args: argparse.Namespace) -> int:
    """One of the three."""
    engine = open_engine(args)
    if args.list:
        return _list(args, engine)
    if args.undo:
        return _undo(args, engine)
    return _forget(args, engine)


def _forget(args: argparse.Namespace, engine: Engine) -> int:
    with progress(args) as steps:
        everybody = engine.bearers(args.nick, progress=steps)
    if not args.json:
        _show(everybody)
    chosen = everybody.chosen(args.registered, everybody=args.all)
    if not _agreed(args, chosen, len(everybody.found)):
        if args.json:
            print_json({"done": False, **_as_dict(everybody)})
        return _NOTHING_DONE
    stones = engine.forget(chosen, by=f"{who()} on the command line")
    _tell(args, everybody, chosen, stones)
    return 0


def _show(everybody: Bearers) -> None:
    for one in everybody.found:
        print(f"  {one}")
    for problem in everybody.unread:
        print(f"  ! not looked into: {problem}")


def _agreed(args: argparse.Namespace, chosen: tuple[Bearer, ...], of: int) -> bool:
    if args.yes:
        return True
    if args.json or not sys.stdin.isatty():
        print("nothing was done: --yes agrees where nobody can be asked", file=sys.stderr)
        return False
    if len(chosen) < of:
        for one in chosen:
            print(f"  is meant: {one.account}, registered {one.registered_at}")
    print("From now on restores and exports leave that person out.")
    return input("Type yes to go on: ").strip().lower() == "yes"


def _tell(
    args: argparse.Namespace, everybody: Bearers, chosen: tuple[Bearer, ...], stones: tuple[Tombstone, ...]
) -> None:
    remains = list(not_done(chosen))
    if args.json:
        told = [{"id": stone.id, "day": stone.day, "tags": len(stone.tags)} for stone in stones]
        print_json({"done": True, "tombstones": told, "not_done": remains, **_as_dict(everybody)})
        return
    for stone in stones:
        print(f"FORGOTTEN since {stone.day}: tombstone {stone.id}, {len(stone.tags)} tags")
    print("Restores and exports leave that person out from now on. What this does NOT do:")
    for line in remains:
        print(f"  - {line}")


def _as_dict(everybody: Bearers) -> dict[str, object]:
    return {"bearers": [one.as_dict() for one in everybody.found], "not_looked_into": list(everybody.unread)}


def _list(args: argparse.Namespace, engine: Engine) -> int:
    stones = engine.tombstones.forgotten().tombstones
    if args.json:
        print_json(
            [
                {
                    "id": stone.id,
                    "day": stone.day,
                    "by": stone.by,
                    "tags": len(stone.tags),
                    "lifted": stone.lifted or None,
                }
                for stone in stones
            ]
        )
        return 0
    if not stones:
        print("nobody was forgotten")
    for stone in stones:
        lifted = f", lifted {stone.lifted}" if stone.lifted else ""
        print(f"{stone.id}  {stone.day}  {len(stone.tags)} tags, by {stone.by}{lifted}")
    return 0


def _undo(args: argparse.Namespace, engine: Engine) -> int:
    stone = engine.lift(args.undo, by=f"{who()} on the command line")
    if args.json:
        print_json({"id": stone.id, "day": stone.day, "lifted": stone.lifted})
    else:
        print(f"tombstone {stone.id} of {stone.day} is lifted: restores and exports know that person again")
    return 0
