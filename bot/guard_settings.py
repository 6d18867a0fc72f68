"""`[guards]`: what is watched unasked."""

from datetime import timedelta

from pydantic import Field

from bot.settings import Duration, Settings
from core.domain.mass_change import USUAL as MASS
from core.domain.mass_change import MassLimits
from core.domain.shrinking import USUAL, ShrinkLimits


class ShrinkSettings(Settings):
    """`[guards.shrink]`: from when on a snapshot has lost so much that it is held."""

    percent: int = Field(default=USUAL.percent, ge=1, le=100, description="held if more than so many percent are gone")
    least: int = Field(default=USUAL.least, ge=1, description="of fewer than these any number may go")

    @property
    def limits(self) -> ShrinkLimits:
        """As a value."""
        return ShrinkLimits(percent=self.percent, least=self.least)


class CanarySettings(Settings):
    """`[guards.canary]`: a property of the bot's own account, which the next saves must have."""

    enabled: bool = Field(default=False, description='needs sources.NAME.ask of kind "jsonrpc" or "irc"')
    every: Duration = Field(default=timedelta(hours=1), description="how often it is changed")


class MassSettings(Settings):
    """`[guards.mass]`: from when on a change between two snapshots is a mass change."""

    percent: int = Field(default=MASS.percent, ge=1, le=100, description="of all channels, accounts, access entries")
    times: int = Field(default=MASS.times, ge=2, description="as many as usual, where there are 20 at least")

    @property
    def limits(self) -> MassLimits:
        """As a value."""
        return MassLimits(percent=self.percent, times=self.times)


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
    mass_change: bool = Field(
        default=True, description="tell where far more changed than usual: founders, access, drops"
    )
    canary: CanarySettings = Field(default_factory=CanarySettings)
    mass: MassSettings = Field(default_factory=MassSettings)
    shrink: ShrinkSettings = Field(default_factory=ShrinkSettings)
    saving: bool = Field(default=True, description="tell when services have stopped saving, and freeze pruning")
    services: bool = Field(default=True, description="tell when services are down for more than a minute")
    corrupt: bool = Field(default=True, description="tell of an empty database, a save cut short, *.corrupt files")
    clock: bool = Field(default=True, description="tell when the clock of this host jumped, or is behind")
