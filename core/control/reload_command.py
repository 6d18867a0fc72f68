"""A reload as commands: unrealircdctl, an init script, a wrapper of your own."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.words import run_words
from core.domain.errors import ConfigRefused, ControlFailed, ReloadRefused
from core.program_ports import What

Words = Annotated[list[str], Field(min_length=1)]
_NOT_RUN = frozenset({126, 127})  # the shell's own: it could not be run at all


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
        if self._settings.test is None:
            raise ControlFailed("the configuration cannot be tested", hint="reload.test names a command that does")
        ended = run_words(self._settings.test, timeout=self._settings.timeout_seconds)
        if ended.code in _NOT_RUN or ended.code < 0:
            raise ControlFailed(f"the test command cannot tell ({ended})", hint="run it by hand")
        if ended.code != 0:
            raise ConfigRefused(f"the configuration is refused ({ended})")
        return "tested"

    def reload(self, what: What) -> str:
        """Run the command; see the port."""
        words = self._settings.tls or self._settings.config if what == "tls" else self._settings.config
        ended = run_words(words, timeout=self._settings.timeout_seconds)
        if ended.code in _NOT_RUN or ended.code < 0:
            raise ControlFailed(f"the reload command cannot be run ({ended})", hint="run it by hand")
        if ended.code != 0:
            raise ReloadRefused(f"the reload command failed ({ended})")
        return "reloaded"
