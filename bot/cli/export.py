"""`backupserv export NICK`: everything about one person, for an access request."""

import argparse
import json
import sys
from pathlib import Path

from bot.cli.common import open_engine, print_json, progress
from bot.cli.who import who
from core.disk import write_whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, from where, and where to."""
    parser.add_argument("nick", metavar="NICK")
    parser.add_argument(
        "--from", dest="reference", metavar="WHEN|ID|live", default="live", help="default: the living database"
    )
    parser.add_argument("--output", metavar="FILE", type=Path, help="written with mode 0600; never over another file")
    parser.epilog = (
        "without --output the document goes to standard output; it is JSON in any case\n"
        "example: backupserv export alice --output alice.json"
    )


def run(args: argparse.Namespace) -> int:
    """Write the document, and say what it is and is not."""
    with progress(args) as steps:
        made = open_engine(args).export(args.nick, args.reference, by=f"{who()} on the command line", progress=steps)
    text = json.dumps(made.document, ensure_ascii=False, indent=1) + "\n"
    if args.output is None:
        sys.stdout.write(text)
        return 0
    write_whole(args.output, [text.encode("utf-8", "replace")], exclusive=True)
    if args.json:
        print_json({"file": str(args.output), "account": made.account, "source": made.source})
    else:
        print(f"{args.output}: everything about {made.account} in {made.source}, and nothing of others")
        print("  memos and properties may speak of other people: read it before you hand it over")
    return 0
