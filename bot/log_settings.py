"""`[log]`: what `backupserv run` writes on standard error."""

from typing import Literal

from pydantic import Field

from bot.settings import Settings


class LogSettings(Settings):
    """The whole table."""

    format: Literal["plain", "json"] = Field(default="plain", description="lines for people, or JSON for machines")
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="of our own parts; libraries say nothing below info"
    )
