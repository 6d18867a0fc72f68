"""`backupserv sync`: bring the copies up to date."""

import argparse

from bot.cli.common import open_engine, print_json, progress

_EPILOG = """\
what a copy lacks is pushed, oldest first, and read back there; nothing is ever deleted. What was cut short goes on.
exit codes: 0 all copies are up to date · 1 one is behind"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing beyond what all verbs take."""
    parser.epilog = _EPILOG


def run(args: argparse.Namespace) -> int:
    """One line a copy."""
    with progress(args) as steps:
        reports = open_engine(args).sync(progress=steps)
    if args.json:
        print_json([report.as_dict() for report in reports])
    elif not reports:
        print("there is no copy to bring up to date: a second [storage.NAME] in the configuration makes one")
    else:
        for report in reports:
            print(report)
            for remark in report.remarks:
                print(f"  ! {remark}")
    return int(any(report.trouble for report in reports))
