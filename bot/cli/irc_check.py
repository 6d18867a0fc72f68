"""`backupserv irc-check`: connect to IRC as the bot would, tell what came of it, and stay for as long as is wanted."""

import argparse
import asyncio
import logging
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime

from bot import __version__
from bot.cli.common import config_path, print_json
from bot.cli.irc_told import outcomes
from bot.cli.outcome import Outcome
from bot.config import ConnectionSettings, load_connection
from bot.irc.connection import IrcConnection
from bot.irc.events import Disconnected, Event
from bot.irc.messages import Message

_SETTLE_SECONDS = 60.0  # for everything until the channel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long."""
    parser.add_argument(
        "--seconds", type=float, metavar="N", help="how long to stay after the report; default: until Ctrl-C"
    )
    parser.epilog = (
        "needs [irc] and state_dir only, and does no backup work; exit code 0 if nothing failed, 1 if something did;\n"
        "--seconds 0 ends after the report"
    )


def run(args: argparse.Namespace) -> int:
    """What happens, the report, and what happens then."""
    if not args.debug:
        logging.getLogger("bot.irc.connection").setLevel(logging.ERROR)  # what it would log is said here
    settings = load_connection(config_path(args))
    check = _Check(settings, as_json=args.json)
    report = asyncio.run(check.run(args.seconds))
    if args.json:
        print_json({"report": [outcome.as_dict() for outcome in report], "events": check.events})
    return int(any(outcome.verdict == "fail" for outcome in report))


class _Check:
    """One connection, and everything that it tells."""

    def __init__(self, settings: ConnectionSettings, *, as_json: bool) -> None:
        self.events: list[str] = []
        self._irc = settings.irc
        self._as_json = as_json
        self._failed = 0
        self._news = asyncio.Event()
        self._stopped = asyncio.Event()
        self._connection = IrcConnection(
            settings.irc,
            on_message=self._hear,
            on_event=self._tell,
            version=f"BackupServ {__version__}",
            state_dir=settings.state_dir,
        )

    async def run(self, seconds: float | None) -> list[Outcome]:
        """Connect, report, stay, and say goodbye."""
        work = asyncio.create_task(self._connection.run())
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop)
        try:
            await self._settle()
            report = list(outcomes(self._connection.standing(), self._irc))
            if not self._as_json:
                print("\n".join(map(str, report)), flush=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._stopped.wait()
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
        return report

    def _stop(self) -> None:
        self._stopped.set()
        self._news.set()

    async def _settle(self) -> None:
        """Until there is nothing to wait for: all is well, or every server has refused us."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                while not (self._stopped.is_set() or self._is_settled()):
                    await self._news.wait()
                    self._news.clear()

    def _is_settled(self) -> bool:
        if self._failed >= len(self._irc.addresses):
            return True
        standing = self._connection.standing()
        return standing is not None and standing.joined and (standing.operator or self._irc.oper is None)

    def _tell(self, event: Event) -> None:
        if isinstance(event, Disconnected) and event.wait:  # without a wait it goes on elsewhere: no failure
            self._failed += 1
        words = str(event)
        self.events.append(words)
        self._news.set()
        if not self._as_json:
            print(f"{datetime.now(UTC):%H:%M:%S}Z  {words}", file=sys.stderr, flush=True)

    async def _hear(self, message: Message) -> None:
        """Nobody is listened to."""
