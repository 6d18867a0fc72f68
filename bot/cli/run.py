"""`backupserv run`: the bot, until it is told to stop."""

import argparse
from contextlib import ExitStack, suppress

from bot.cli.common import load_settings
from bot.log import set_up
from core.disk import make_private_folder
from core.domain.errors import StorageFull, StorageUnavailable
from core.lock import Lock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing beyond what all verbs take."""
    parser.epilog = "SIGTERM and Ctrl-C stop it cleanly: what has begun is brought to its end"


def run(args: argparse.Namespace) -> int:
    """Stay. Two over one state directory would do everything twice."""
    from bot.app import run as run_bot  # noqa: PLC0415 — the irc library is slow to import
    from bot.wiring import must_be_recoverable  # noqa: PLC0415 — start-up time is a promise

    settings = load_settings(args)
    set_up(form=settings.log.format, level="debug" if args.debug else settings.log.level)
    must_be_recoverable(settings)
    with ExitStack() as alone:
        with suppress(StorageFull, StorageUnavailable):  # a disk that is full is for the bot to tell
            make_private_folder(settings.state_dir)
            alone.enter_context(Lock(settings.state_dir / "bot.lock", purpose="the bot"))
        return run_bot(settings)
