"""What happens to the connection, in the audit trail: who could hear the bot, and when."""

import re
from dataclasses import fields

from bot.chat.worker import Worker
from bot.irc.events import Event


async def write_down(event: Event, worker: Worker) -> None:
    """One line, named as the event is: "irc joined"."""
    name = re.sub(r"(?<!^)(?=[A-Z])", " ", type(event).__name__).lower()
    told = {one.name: getattr(event, one.name) for one in fields(event)}
    await worker.write_down(
        f"irc {name}", **{key: f"{value:.0f}" if isinstance(value, float) else value for key, value in told.items()}
    )
