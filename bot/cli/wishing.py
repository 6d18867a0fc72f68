"""What somebody wants back, from options: the same wishes as in the chat."""

import argparse

from core.registrations.wish import Choice, Kind, Wishes

WAYS: dict[Choice, str] = {
    "merge": "add to what is there now (or to ITEM)",
    "replace": "take out what is there now (or ITEM), and put what comes back in its place",
}


def add_wishes(parser: argparse.ArgumentParser, kind: Kind) -> None:
    """How to meet what is in the way."""
    for way, line in WAYS.items():
        parser.add_argument(f"--{way}", action="append", nargs="?", const="", metavar="ITEM", help=line)
    if kind == "account":
        parser.add_argument("--as", dest="new_name", default="", metavar="NEWNAME", help="bring it back as NEWNAME")
        parser.add_argument("--operator", action="store_true", help="give services operator back too")
    else:
        parser.add_argument("--founder", default="", metavar="NICK", help="who founds it, where no founder is left")
    if kind != "channel":
        parser.add_argument("--founded", action="store_true", help="also what it founded and is gone")


def wishes_of(args: argparse.Namespace) -> Wishes:
    """The options as wishes."""
    choices: dict[str, Choice] = dict.fromkeys(getattr(args, "merge", None) or (), "merge")
    choices |= dict.fromkeys(args.replace or (), "replace")
    return Wishes(
        founded=getattr(args, "founded", False),
        operator=getattr(args, "operator", False),
        founder=getattr(args, "founder", ""),
        new_name=getattr(args, "new_name", ""),
        choices=choices,
    )
