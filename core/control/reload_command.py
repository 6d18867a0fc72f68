"""A reload as commands: unrealircdctl, an init script, a wrapper of your own."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.reload_test import NOT_RUN, run_test
from core.control.words import run_words
from core.domain.errors import ControlFailed, ReloadRefused
from core.program_ports import What

Words = Annotated[list[str], Field(min_length=1)]


class ReloadCommandSettings(BaseModel):
    """`reload = { kind = "command", … }`: each a list of words; no shell."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["command"]
    config: Words = Field(description='has all of the configuration read again: ["unrealircdctl", "rehash"]')
    tls: Words | None = Field(default=None, description="has the certificates alone read again; default: as config")
    test: Words | None = Field(default=None, description="exit code 0 where the program would live with what is there")
    timeout_seconds: float = Field(default=30, gt=0, strict=False, description="how long each of them may take")


class CommandReload:
    """Asks the operator's own commands; see the port."""

    def __init__(self, settings: ReloadCommandSettings) -> None:
        self._settings = settings

    @property
    def can_test(self) -> bool:
        """Whether there is a command for it; see the port."""
        return self._settings.test is not None

    def test(self) -> str:
        """Run the test command; see the port."""
        return run_test(self._settings.test, timeout=self._settings.timeout_seconds)

    def reload(self, what: What) -> str:
        """Run the command; see the port."""
        words = self._settings.tls or self._settings.config if what == "tls" else self._settings.config
        ended = run_words(words, timeout=self._settings.timeout_seconds)
        if ended.code in NOT_RUN or ended.code < 0:
            raise ControlFailed(f"the reload command cannot be run ({ended})", hint="run it by hand")
        if ended.code != 0:
            raise ReloadRefused(f"the reload command failed ({ended})")
        return "reloaded"
