"""Stop, start and status as commands: an init script, systemctl, a wrapper of your own."""

import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.words import run_words
from core.domain.errors import ControlFailed

Words = Annotated[list[str], Field(min_length=1)]

# LSB: 0 running, 1 and 2 dead with leftovers, 3 not running, 4 unknown. The shell's own: 126, 127. That of ssh where it
# reaches nobody, who may well run: 255.
_CANNOT_TELL = frozenset({4, 126, 127, 255})
_PAUSE = 0.05


class CommandSettings(BaseModel):
    """`control = { kind = "command", … }`: three commands, each a list of words; no shell."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["command"]
    stop: Words = Field(description='stops services: ["systemctl", "stop", "atheme-services"]')
    start: Words = Field(description="starts them")
    status: Words = Field(description="exit code 0 while they run, 1 to 3 while they do not")
    timeout_seconds: float = Field(default=30, gt=0, strict=False, description="how long each of them may take")


class CommandControl:
    """Asks the operator's own commands."""

    can_act = True

    def __init__(self, settings: CommandSettings) -> None:
        self._settings = settings

    def is_running(self) -> bool:
        """What the status command says; see the port."""
        ended = run_words(self._settings.status, timeout=self._settings.timeout_seconds)
        if ended.code in _CANNOT_TELL or ended.code < 0:
            raise ControlFailed(f"the status command cannot tell ({ended})", hint="run it by hand")
        return ended.code == 0

    def stop(self) -> None:
        """Run the stop command, and wait until the status command says that nothing runs; see the port."""
        if not self.is_running():
            return
        ended = run_words(self._settings.stop, timeout=self._settings.timeout_seconds)
        deadline = time.monotonic() + self._settings.timeout_seconds
        while self.is_running():
            if ended.code != 0:
                raise ControlFailed(f"the stop command failed ({ended}) and services still run")
            if time.monotonic() >= deadline:
                raise ControlFailed(
                    f"services still run {self._settings.timeout_seconds:.0f} s after the stop command",
                    hint="does something restart them?",
                )
            time.sleep(_PAUSE)

    def start(self) -> None:
        """Run the start command; see the port."""
        if self.is_running():
            return
        ended = run_words(self._settings.start, timeout=self._settings.timeout_seconds)
        if ended.code != 0:
            raise ControlFailed(f"the start command failed ({ended})")
