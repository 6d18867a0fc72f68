"""What came of a command, and how long it took: a line of the audit trail after each."""

from collections.abc import AsyncIterator
from dataclasses import replace

from bot.chat.command import Command, Desk, Request
from bot.chat.reply import Reply
from core.domain.errors import BackupServError


def audited(command: Command) -> Command:
    """The same command, whose end is written down: "command done", "command failed" or "command cut short"."""

    async def run(request: Request, desk: Desk) -> AsyncIterator[Reply]:
        clock = desk.worker.engine.clock
        began, outcome, error = clock.monotonic(), "cut short", ""
        try:
            async for reply in command.run(request, desk):
                yield reply
            outcome = "done"
        except BackupServError as refused:
            outcome, error = "failed", refused.message
            raise
        except Exception as failure:
            outcome, error = "failed", type(failure).__name__
            raise
        finally:
            seconds = f"{clock.monotonic() - began:.1f}"
            await desk.worker.write_down(
                f"command {outcome}", command=command.name, by=request.by, error=error or None, seconds=seconds
            )

    return replace(command, run=run)
