"""The bot: start order, stop order, signals."""

import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
from collections.abc import Coroutine
from pathlib import Path

from bot import __version__
from bot.access import Access
from bot.access_settings import AccessSettings
from bot.background import Background
from bot.channel_notifier import ChannelNotifier
from bot.chat.agreement import Agreements
from bot.chat.audited import audited
from bot.chat.command import Desk
from bot.chat.dispatcher import Dispatcher
from bot.chat.worker import Worker
from bot.code_desk import CodeDesk
from bot.commands import COMMANDS
from bot.config import BotSettings
from bot.config_sources import AskIrcSettings
from bot.connection_trail import write_down
from bot.cycles import look_as_usual
from bot.daily import DailyHead
from bot.doorkeeper import Doorkeeper
from bot.irc.connection import IrcConnection
from bot.irc.events import Away, Disconnected, Event, Joined
from bot.irc.messages import Message
from bot.irc.services import IrcServices
from bot.one_time_codes import OneTimeCodes
from bot.opers_channel import OpersChannel
from bot.resuming import resume_recovery
from bot.rousing import Rousing
from bot.settings import IrcSettings
from bot.systemd import Report
from bot.telling import Telling
from bot.vouches import Vouches
from bot.wiring import build_engine
from bot.wiring_facts import facts_of
from bot.wiring_notify import CHANNEL, build_notifiers
from bot.wiring_parts import Around, build_parts
from bot.wiring_schedule import build_timetable
from core.domain.errors import BackupServError, ConfigInvalid
from core.operations.engine import Engine
from core.operations.gone import end_what_is_gone

log = logging.getLogger(__name__)

_MOST_BESIDE = 50  # a server that repeats itself for ever must not fill our memory

_MOST_KEPT = 50  # sentences that wait for somebody to hear them


def run(settings: BotSettings) -> int:
    """Run the bot until SIGTERM or SIGINT. Returns the exit code."""
    faulthandler.enable()  # a watchdog ends us by SIGABRT: the log then says where we hung
    look_as_usual()
    asyncio.run(serve(settings, stop_on_signals=True))
    return 0


async def serve(settings: BotSettings, *, stop_on_signals: bool = False) -> None:
    """The bot, until cancelled (or, if asked, until a signal)."""
    if settings.irc is None or settings.access is None:
        raise ConfigInvalid("the bot needs an [irc] and an [access] table", hint="the command line works without")
    bot = _Bot(settings)
    work = asyncio.ensure_future(bot.run())
    if stop_on_signals:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, work.cancel)
        # To most daemons it means a reload, and unanswered it would end us.
        loop.add_signal_handler(signal.SIGHUP, log.warning, "SIGHUP: bot.toml is read at the start alone; restart me")
    try:
        await work
    except asyncio.CancelledError:
        # A signal is a clean stop; a cancellation from outside is passed on.
        if not stop_on_signals:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
            raise


class _Bot:
    """All parts of a running bot, in the order in which they start."""

    def __init__(self, settings: BotSettings) -> None:
        if settings.irc is None or settings.access is None:
            raise ConfigInvalid("the bot needs an [irc] and an [access] table")
        self._found: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._connection = IrcConnection(
            settings.irc,
            on_message=self._hear,
            on_event=self._notice,
            version=f"BackupServ {__version__}",
            state_dir=settings.state_dir,
        )
        self._worker = Worker(
            build_engine(settings, irc_services=self._irc_services(settings)),
            tell=self._announce,
            mention=self._mention,
        )
        self._daily = DailyHead(self._worker, say=self._announce, is_heard=lambda: self._connection.joined)
        self._vouches = Vouches(self._connection, self._worker.engine.clock.now)
        self._telling = self._build_telling(settings, settings.irc, settings.access)
        self._desk = Desk(
            worker=self._worker,
            bell=self._telling,
            timetable=build_timetable(settings, self._worker.engine),
            agreements=Agreements(self._worker.engine.clock.now),
            commands=tuple(map(audited, COMMANDS)),
            facts=facts_of(settings, local=False),
        )
        self._seat = self._take_seat(settings.irc, settings.access, settings.state_dir, self._desk)
        self._background = Background(build_parts(self._around(settings)), self._telling.part)
        self._standing = "looking round"
        self._report = Report(self._doing)

    def _take_seat(self, irc: IrcSettings, access: AccessSettings, state_dir: Path, desk: Desk) -> OpersChannel:
        """The door, who keeps it, and who takes one-time codes beside it."""
        now = self._worker.engine.clock.now
        doorkeeper = Doorkeeper(
            connection=self._connection,
            access=Access(access, self._connection.name),
            vouches=self._vouches,
            worker=self._worker,
            now=now,
            announce=self._announce,
        )
        secrets = {person.name: person.totp for person in access.everybody if person.totp is not None}
        codes = CodeDesk(
            connection=self._connection,
            codes=OneTimeCodes(secrets, state_dir=state_dir, now=now),
            vouches=self._vouches,
            now=now,
            announce=self._announce,
            write_down=doorkeeper.write_down,
        )
        return OpersChannel(
            dispatcher=Dispatcher(desk),
            doorkeeper=doorkeeper,
            codes=codes,
            connection=self._connection,
            channel=irc.channel,
        )

    def _build_telling(self, settings: BotSettings, irc: IrcSettings, access: AccessSettings) -> Telling:
        """The opers' channel is one way among the others."""
        engine = self._worker.engine
        rousing = Rousing(self._connection, Access(access, self._connection.name), self._vouches)

        def rouse(lines: list[str]) -> None:
            self._beside(rousing.rouse(lines))

        channel = ChannelNotifier(CHANNEL, self._connection, irc.channel, engine.clock.now, rouse)
        return Telling(engine.teller, [channel, *build_notifiers(settings)], engine.clock.now)

    def _around(self, settings: BotSettings) -> Around:
        return Around(
            settings=settings,
            desk=self._desk,
            telling=self._telling,
            announce=self._announce,
            is_heard=lambda: self._connection.joined,
            daily=self._daily,
            ailing=lambda: self._background.ailing,
        )

    def _announce(self, text: str) -> None:
        """To everybody in the channel; kept until we are there."""
        if self._connection.joined:
            self._seat.announce(text)
        elif len(self._found) < _MOST_KEPT:
            self._found.append(text)

    def _mention(self, text: str) -> None:
        """To everybody who is there now."""
        if self._connection.joined:
            self._seat.announce(text)

    def _irc_services(self, settings: BotSettings) -> IrcServices | None:
        """At most one source asks over IRC; its names for OperServ and NickServ are used."""
        asks = [site.ask for site in settings.sites.values() if isinstance(site.ask, AskIrcSettings)]
        if not asks:
            return None
        return IrcServices(
            self._connection,
            asyncio.get_running_loop(),
            operserv=asks[0].operserv,
            nickserv=asks[0].nickserv,
            timeout=asks[0].timeout_seconds,
        )

    async def run(self) -> None:
        """Look round first, then connect, and stay until cancelled."""
        report = asyncio.create_task(self._report.run())
        try:
            await self._worker.write_down("bot started", version=__version__, pid=os.getpid())
            await self._look_round()
            self._standing = "connecting"
            self._report.up()
            await self._stay()
        finally:
            report.cancel()

    async def _stay(self) -> None:
        self._beside(self._worker.do(end_what_is_gone))
        self._beside(self._check_trail())
        self._beside(resume_recovery(self._worker, self._announce))
        self._background.start()
        try:
            await self._connection.run()
        finally:
            self._standing = "stopping"
            self._report.stopping()
            await self._background.stop()
            # What has begun is brought to its end: a restore cut in the middle leaves services down.
            await self._worker.drain()
            await self._worker.write_down("bot stopped", version=__version__, pid=os.getpid())

    def _doing(self) -> str:
        """For whoever looks from outside: how we stand with IRC, and what is at work."""
        jobs = (f"{job.name}: {job.text}" if job.text else job.name for job in self._desk.jobs.running())
        return "; ".join((self._standing, *jobs))

    async def _look_round(self) -> None:
        """What the last run left behind; kept to be told when somebody can hear it."""
        for look in (Engine.tidy, Engine.revive, Engine.hindrances):
            try:
                self._found += await self._worker.do(look)
            except BackupServError as error:
                self._found.append(f"at start: {error}")
        for sentence in self._found:
            log.warning("%s", sentence)

    async def _check_trail(self) -> None:
        """Whether somebody changed the audit trail; beside everything else, since a year of it takes a while."""
        try:
            verdict = await self._worker.do(lambda engine: engine.journal.verify())
        except BackupServError as error:
            self._announce(f"! the audit trail cannot be checked: {error}")
        else:
            if verdict.fault is not None:
                log.error("the audit trail is broken: %s", verdict.fault)
                self._announce(f"THE AUDIT TRAIL IS BROKEN: {verdict.fault}")

    async def _hear(self, message: Message) -> None:
        await self._seat.hear(message)

    def _notice(self, event: Event) -> None:
        if isinstance(event, Disconnected):
            self._standing = f"connecting: {event.reason}"
        if isinstance(event, Joined):
            self._standing = str(event)
            for sentence in self._found:
                self._seat.announce(sentence)
            self._found.clear()
            self._beside(self._daily.post_if_due())
            self._beside(self._telling.back())
        if isinstance(event, Away):
            self._beside(self._telling.away(event.seconds / 60))
        self._beside(write_down(event, self._worker))

    def _beside(self, work: Coroutine[None, None, None]) -> None:
        """What need not be waited for; kept, since the loop alone would forget it."""
        if len(self._tasks) >= _MOST_BESIDE:
            work.close()
            log.warning("more happens to the connection than can be written down; some of it was left out")
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
