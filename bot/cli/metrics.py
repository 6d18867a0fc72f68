"""`backupserv metrics`: the figures for Prometheus, with the bot dead too."""

import argparse
from functools import partial
from pathlib import Path

from bot.cli.common import load_settings, open_engine, print_json

_WAIT = 60.0  # seconds for a listing of the repository


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write them there, whole or not at all, instead of printing them"
    )
    parser.epilog = """\
what only a running bot knows (backupserv_irc_connected …) is not among them

examples:
  backupserv metrics | promtool check metrics
  backupserv metrics --output /var/lib/prometheus/node-exporter/backupserv.prom     from cron, where no bot runs
"""


def run(args: argparse.Namespace) -> int:
    """In Prometheus' text format; with --json as a list of samples."""
    from bot.metrics.text import render, samples  # noqa: PLC0415 — start-up time is a promise
    from bot.metrics.textfile import write_text  # noqa: PLC0415 — same
    from bot.wiring_schedule import build_timetable, job_figures  # noqa: PLC0415 — same
    from core.operations.gathering import Gathering  # noqa: PLC0415 — same

    engine = open_engine(args)
    jobs = partial(job_figures, build_timetable(load_settings(args), engine), engine)
    figures = Gathering(engine, jobs).figures(wait=_WAIT)
    if args.output is not None:
        write_text(args.output, render(figures))
    elif args.json:
        print_json(samples(figures))
    else:
        print(render(figures).decode(), end="")
    return 0 if figures.readable else 1
