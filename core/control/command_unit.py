"""All programs at once by two commands: `docker-compose up -d`, `make up`."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.words import Ended, run_words
from core.domain.errors import ControlFailed

Words = Annotated[list[str], Field(min_length=1)]


class CommandUnitSettings(BaseModel):
    """`unit = { kind = "command", … }`: two commands, each a list of words; no shell."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["command"]
    up: Words = Field(description='starts all programs: ["make", "-C", "/srv/irc", "up"]')
    down: Words = Field(description="stops all programs; one that does not run is no error")
    timeout_seconds: float = Field(default=300, gt=0, strict=False, description="how long each of them may take")


class CommandUnit:
    """Asks the operator's own commands."""

    def __init__(self, settings: CommandUnitSettings) -> None:
        self._settings = settings

    def down(self) -> Sequence[str]:
        """Run the command that stops them; see the port."""
        self._run(self._settings.down, "down")
        return ("everything",)

    def up(self) -> Sequence[str]:
        """Run the command that starts them; see the port."""
        self._run(self._settings.up, "up")
        return ("everything",)

    def _run(self, words: Sequence[str], which: str) -> Ended:
        ended = run_words(words, timeout=self._settings.timeout_seconds)
        if ended.code != 0:
            raise ControlFailed(f"the command of recovery.unit.{which} failed ({ended})", hint="run it by hand")
        return ended
