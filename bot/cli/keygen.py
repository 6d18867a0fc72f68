"""`backupserv keygen`: an age identity in a file of its own."""

import argparse
from pathlib import Path

from bot.cli.common import print_json
from core.crypto.age import generate_identity, write_identity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", metavar="FILE", type=Path, help="written with mode 0600; never overwritten")
    parser.epilog = "the recipient that it prints goes into keys.recipients; a recovery key is kept off this host"


def run(args: argparse.Namespace) -> int:
    """Write the identity, print its recipient."""
    identity, recipient = generate_identity()
    write_identity(args.file, identity)
    if args.json:
        print_json({"file": str(args.file), "recipient": recipient})
    else:
        print(recipient)
    return 0
