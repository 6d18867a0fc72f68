"""What a rehearsal needs to know: apart, since most runs need not know how one is done."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class RehearsalSettings(BaseModel):
    """`rehearsal = { … }`: the real program loads the result before anything is replaced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["atheme"] = "atheme"
    binary: Path = Field(default=Path("/usr/bin/atheme-services"), strict=False, description="the program")
    config: Path = Field(strict=False, description="its atheme.conf")
    user: str | None = Field(
        default=None, description='where the bot is root: the user that the program runs as; "nobody" if left out'
    )
    timeout_seconds: float = Field(default=60, gt=0, strict=False, description="how long loading and saving may take")
