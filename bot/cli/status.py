"""`backupserv status`: is the network safe now?"""

import argparse

from bot.cli.common import open_engine, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing beyond what all verbs take."""
    parser.epilog = "exit code 0 if all is well, 1 if there is something to look at"


def run(args: argparse.Namespace) -> int:
    """One honest line, then every trouble."""
    status = open_engine(args).status()
    if args.json:
        print_json(status.as_dict())
    else:
        print(status)
        for trouble in status.troubles:
            print(f"  ! {trouble}")
        for text in status.score.missing if status.score is not None else ():
            print(f"  ~ {text}")
    return 0 if status.ok else 1
