"""`[guards]`: what is watched unasked."""

from datetime import timedelta

from pydantic import Field

from bot.settings import Duration, Settings
from core.domain.shrinking import USUAL, ShrinkLimits


class ShrinkSettings(Settings):
    """`[guards.shrink]`: from when on a snapshot has lost so much that it is held."""

    percent: int = Field(default=USUAL.percent, ge=1, le=100, description="held if more than so many percent are gone")
    least: int = Field(default=USUAL.least, ge=1, description="of fewer than these any number may go")

    @property
    def limits(self) -> ShrinkLimits:
        """As a value."""
        return ShrinkLimits(percent=self.percent, least=self.least)


class GuardSettings(Settings):
    """The whole table."""

    every_seconds: float = Field(default=30, ge=1, le=3600, strict=False, description="how often all guards look")
    objectives: bool = Field(
        default=True, description="tell when more may be lost, or recovery takes longer, than wanted"
    )
    disk: bool = Field(default=True, description="tell before a disk is too full for the next saves")
    pace: bool = Field(default=True, description="tell where a snapshot took far longer than it does")
    copies: bool = Field(default=True, description="tell where a copy is behind")
    copies_after: Duration = Field(default=timedelta(hours=6), description="by how much it may be")
    locks: bool = Field(default=True, description="tell before the lock of the newest snapshot in a bucket ends")
    certificates: bool = Field(default=True, description="tell from 30 days before a certificate ends")
    keys: bool = Field(default=True, description="tell where no identity was seen to open anything for long")
    keys_within: Duration = Field(default=timedelta(days=365), description="for how long a proof is good")
    shrink: ShrinkSettings = Field(default_factory=ShrinkSettings)
    saving: bool = Field(default=True, description="tell when services have stopped saving, and freeze pruning")
    services: bool = Field(default=True, description="tell when services are down for more than a minute")
    corrupt: bool = Field(default=True, description="tell of an empty database, a save cut short, *.corrupt files")
    clock: bool = Field(default=True, description="tell when the clock of this host jumped, or is behind")
