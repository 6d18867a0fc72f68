"""`[saves]`: every save of a database becomes a snapshot."""

from pydantic import Field

from bot.settings import Settings


class SavesSettings(Settings):
    """The whole table."""

    enabled: bool = Field(default=True, description="take every save of services as soon as it is written")
    every_seconds: float = Field(
        default=2, ge=0.2, le=60, strict=False, description="how often to look where the kernel does not tell"
    )
    calm_seconds: float = Field(
        default=60,
        ge=1,
        le=86400,
        strict=False,
        description="at most one a while of a database that is written in place",
    )
