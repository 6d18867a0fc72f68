"""`[guards]`: what is watched unasked."""

from pydantic import Field

from bot.settings import Settings


class GuardSettings(Settings):
    """The whole table."""

    every_seconds: float = Field(default=30, ge=1, le=3600, strict=False, description="how often all guards look")
    objectives: bool = Field(
        default=True, description="tell when more may be lost, or recovery takes longer, than wanted"
    )
    disk: bool = Field(default=True, description="tell before a disk is too full for the next saves")
