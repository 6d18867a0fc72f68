"""A reload in a container: by a signal, or by the program's own commands inside it."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.control.docker import ContainerName
from core.control.docker_engine import SOCKET, engine_at
from core.control.docker_signal import signal_inside
from core.control.reload_signal import SignalName
from core.control.reload_test import NOT_RUN, must_be_good
from core.control.words import Ended
from core.domain.errors import ControlFailed, ReloadRefused
from core.program_ports import What

Words = Annotated[list[str], Field(min_length=1)]


class ReloadDockerSettings(BaseModel):
    """`reload = { kind = "docker", … }`: signals, or commands that are run inside as lists of words."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["docker"]
    container: ContainerName = Field(description="its name: what `docker ps` shows")
    signal: SignalName | None = Field(default=None, description="has all of the configuration read again: HUP")
    tls_signal: SignalName | None = Field(default=None, description="has the certificates alone read again: USR1")
    config: Words | None = Field(default=None, description="instead of the signal: a command inside the container")
    tls: Words | None = Field(default=None, description="instead of its signal; default: as config")
    test: Words | None = Field(default=None, description="exit code 0 where the program would live with what is there")
    socket: Path = Field(default=SOCKET, strict=False, description="the engine's socket")
    timeout_seconds: float = Field(default=30, gt=0, strict=False, description="how long each of them may take")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.signal is None) == (self.config is None):
            raise ValueError("name either signal or config: how it is told to read its configuration again")
        if self.tls_signal is not None and self.tls is not None:
            raise ValueError("name either tls_signal or tls")
        return self


class DockerReload:
    """Asks inside the container; see the port."""

    def __init__(self, settings: ReloadDockerSettings) -> None:
        self._settings = settings

    @property
    def can_test(self) -> bool:
        """Whether there is a command for it; see the port."""
        return self._settings.test is not None

    def test(self) -> str:
        """Run the test command inside; see the port."""
        if self._settings.test is None:
            raise ControlFailed("the configuration cannot be tested", hint="reload.test names a command that does")
        must_be_good(self._run(self._settings.test), by_hand="run it by hand with `docker exec`")
        return f"tested in {self._settings.container}"

    def reload(self, what: What) -> str:
        """Run the command, or send the signal; see the port."""
        told = self._settings
        words, signal = told.config, told.signal
        if what == "tls" and (told.tls or told.tls_signal):
            words, signal = told.tls, told.tls_signal
        if words is None and signal is not None:
            with engine_at(told.socket) as engine:
                signal_inside(engine, told.container, signal, timeout=told.timeout_seconds)
            return f"told to reload (SIG{signal})"
        ended = self._run(words or [])
        if ended.code in NOT_RUN or ended.code < 0:
            raise ControlFailed(f"the reload command cannot be run ({ended})", hint="run it by hand with `docker exec`")
        if ended.code != 0:
            raise ReloadRefused(f"the reload command failed ({ended})")
        return "reloaded"

    def _run(self, words: list[str]) -> Ended:
        with engine_at(self._settings.socket) as engine:
            return engine.execute(self._settings.container, words, timeout=self._settings.timeout_seconds)
