"""`[recovery]`: how the whole network comes back, and within which time."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from bot.settings import Duration, Name, Settings
from core.control.command_unit import CommandUnitSettings
from core.control.compose import ComposeSettings
from core.operations.recovery.terms import LEAVE

UnitSettings = Annotated[CommandUnitSettings | ComposeSettings, Field(discriminator="kind")]


class RecoverySettings(Settings):
    """The whole table; without it every source's own control stops and starts its program."""

    objective: Duration = Field(
        default=timedelta(hours=1), description="within which everything should be back: the clock runs against it"
    )
    unit: UnitSettings | None = Field(default=None, description="stops and starts all programs at once")
    order: list[Name] = Field(
        default=[], max_length=100, description="sources whose programs are started first; default: the IRCd's"
    )
    leave: list[Name] = Field(default=list(LEAVE), description="folders of the repository that are left out")
