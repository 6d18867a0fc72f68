"""`[metrics]`: figures in a file."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from bot.settings import Settings


class MetricsSettings(Settings):
    """The whole table."""

    textfile: Path | None = Field(
        default=None, strict=False, description="for node_exporter's textfile collector; ends in .prom"
    )
    every_seconds: float = Field(default=60, ge=5, le=3600, strict=False, description="how often it is written")

    @model_validator(mode="after")
    def _collected(self) -> Self:
        if self.textfile is not None and not (self.textfile.is_absolute() and self.textfile.suffix == ".prom"):
            raise ValueError("textfile: expected an absolute path that ends in .prom: nothing else is collected")
        return self
