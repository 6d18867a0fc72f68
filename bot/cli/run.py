"""`backupserv run`: the bot, until it is told to stop."""

import argparse

from bot.cli.common import load_settings
from bot.log import set_up


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing beyond what all verbs take."""
    parser.epilog = "SIGTERM and Ctrl-C stop it cleanly: what has begun is brought to its end"


def run(args: argparse.Namespace) -> int:
    """Stay."""
    from bot.app import run as run_bot  # noqa: PLC0415 — the irc library is slow to import
    from bot.wiring import must_be_recoverable  # noqa: PLC0415 — start-up time is a promise

    settings = load_settings(args)
    set_up(form=settings.log.format, level="debug" if args.debug else settings.log.level)
    must_be_recoverable(settings)
    return run_bot(settings)
