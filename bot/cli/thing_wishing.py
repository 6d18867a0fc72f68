"""What somebody wants back as a whole, from options: the same wishes as in the chat."""

import argparse

from core.domain.thing import Thing, ThingWish

THINGS: dict[str, tuple[Thing, str]] = {
    "database": ("database", "a whole database as it was; what was registered since goes"),
    "tls": ("tls", "certificates and their keys, with nobody disconnected"),
    "config": ("config", "configuration, tested before it is read again"),
    "ircd": ("ircd", "the IRC server's own files: bans, permanent channels"),
    "files": ("files", "files and folders of any tree"),
}


def add_thing(parser: argparse.ArgumentParser, thing: Thing) -> None:
    """Which of it, and how to meet what is in the way."""
    if thing != "database":
        count = "+" if thing == "files" else "*"
        parser.add_argument("paths", nargs=count, metavar="PATH", help="only these, with all that is below them")
        parser.add_argument("--exact", action="store_true", help="also remove what is there now and was not there then")
    parser.add_argument(
        "--of", dest="source", default="", metavar="SOURCE", help="of this source, where there are more"
    )
    parser.add_argument(
        "--anyway", action="append", default=[], metavar="ITEM", help="what the plan would refuse, by the name it gives"
    )


def thing_wish_of(args: argparse.Namespace, thing: Thing) -> ThingWish:
    """The options as a wish."""
    return ThingWish(
        thing=thing,
        source=args.source,
        paths=tuple(getattr(args, "paths", ())),
        exact=getattr(args, "exact", False),
        anyway=frozenset(item.lower() for item in args.anyway),
    )
