"""A recovery that ended with the bot is gone on with when the bot is back: without it there may be no IRC to ask on."""

import logging
from collections.abc import Callable

from bot.chat.recovering import told
from bot.chat.worker import Worker
from core.domain.errors import BackupServError
from core.operations.engine import Engine

log = logging.getLogger(__name__)
_MOST_ATTEMPTS = 3  # what stops the bot three times would stop it for ever


class _Logged:
    """How far it is, for whoever reads the log: nobody may be on IRC."""

    def step(self, text: str) -> None:
        """A new step begins."""
        log.info("%s", text)


async def resume_recovery(worker: Worker, tell: Callable[[str], None]) -> None:
    """Go on with one that two people agreed to in chat; one of the command line is only told of."""
    try:
        record = await worker.do(Engine.last_recovery)
        if record is None or not record.open:
            return
        if record.trouble or not record.unattended or record.attempts >= _MOST_ATTEMPTS:
            tell(f"{record.standing}: `backupserv recover` goes on with it")
            return
        tell(f"{record.standing}: going on")
        record = await worker.do(lambda engine: engine.resume_recovery(progress=_Logged()))
    except BackupServError as error:
        tell(f"the recovery that was cut short: {error}")
        return
    for line in told(record):
        tell(line)
