"""A command that makes services save."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.words import run_words
from core.domain.errors import ControlFailed


class SaveCommandSettings(BaseModel):
    """`ask = { kind = "command", … }`: a command that makes services save, as a list of words."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["command"]
    save: Annotated[list[str], Field(min_length=1)] = Field(
        description='for Atheme a SIGHUP does it: ["pkill", "-HUP", "-F", "/run/atheme/atheme.pid"]'
    )
    timeout_seconds: float = Field(default=10, gt=0, strict=False, description="how long it may take")


class CommandServices:
    """Asks by the operator's own command."""

    can_save = True

    def __init__(self, settings: SaveCommandSettings) -> None:
        self._settings = settings

    def request_save(self) -> None:
        """Run the command; see the port."""
        ended = run_words(self._settings.save, timeout=self._settings.timeout_seconds)
        if ended.code != 0:
            raise ControlFailed(f"the save command failed ({ended})")

    def answers(self) -> bool | None:
        """A command cannot tell whether NickServ answers."""
        return None
