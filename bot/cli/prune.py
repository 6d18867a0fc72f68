"""`backupserv prune`: remove what retention no longer claims, after a look at the plan."""

import argparse

from bot.cli.carrying import add_agreement, agreed
from bot.cli.common import open_engine, print_json, progress
from bot.cli.retention import as_dict, show
from bot.cli.who import who

_NOTHING_DONE = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How somebody agrees."""
    add_agreement(parser)
    parser.add_argument("--all", action="store_true", help="show a line for every snapshot")
    parser.epilog = "exit code 0 also where there is nothing to remove, or a lock keeps it; 1 if something failed"


def run(args: argparse.Namespace) -> int:
    """Show, ask, remove."""
    keeping = open_engine(args).retention
    plan = keeping.plan()
    if not args.json:
        show(plan, everything=args.all)
    if plan.empty or args.dry_run or not agreed(args):
        if args.json:
            print_json({"done": False, "plan": as_dict(plan)})
        return 0 if plan.empty or args.dry_run else _NOTHING_DONE
    with progress(args) as steps:
        pruned = keeping.prune(plan, by=f"{who()} on the command line", progress=steps)
    if args.json:
        told = {"done": True, "storages": [report.as_dict() for report in pruned.reports]}
        print_json(told | {"before_images": pruned.images, "failures": list(pruned.all_failures)})
    else:
        print(f"DONE: {pruned}")
        for failure in pruned.all_failures:
            print(f"  ! {failure}")
    return 1 if pruned.all_failures else 0
