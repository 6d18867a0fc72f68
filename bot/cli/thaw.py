"""`backupserv thaw`: the end of `freeze`."""

import argparse

from bot.cli.common import open_engine, print_json
from bot.cli.who import who


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing more to say."""
    parser.epilog = "example: backupserv thaw"


def run(args: argparse.Namespace) -> int:
    """Pruning goes by the policy again."""
    was = open_engine(args).retention.thaw(by=f"{who()} on the command line")
    if args.json:
        print_json({"thawed": was})
    else:
        print(f"thawed; it was frozen: {was}")
    return 0
