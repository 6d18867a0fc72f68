"""A signal to the program in a container, by which it saves or reads its files again."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.docker import ContainerName
from core.control.docker_engine import SOCKET, DockerEngine, engine_at
from core.control.reload_signal import SignalName
from core.domain.errors import ControlFailed, ProgramDown

_NO_SHELL = frozenset({126, 127})


class AskDockerSettings(BaseModel):
    """`ask = { kind = "docker", … }`: a signal to the first process of a container, at which it saves."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["docker"]
    container: ContainerName = Field(description="its name: what `docker ps` shows")
    signal: SignalName = Field(default="HUP", description="what makes it save; Atheme: HUP")
    socket: Path = Field(default=SOCKET, strict=False, description="the engine's socket")
    timeout_seconds: float = Field(default=10, gt=0, strict=False, description="how long it may take")


class DockerServices:
    """Asks by a signal; see the port."""

    can_save = True

    def __init__(self, settings: AskDockerSettings) -> None:
        self._settings = settings

    def request_save(self) -> None:
        """Send the signal; see the port."""
        asked = self._settings
        with engine_at(asked.socket) as engine:
            signal_inside(engine, asked.container, asked.signal, timeout=asked.timeout_seconds)

    def answers(self) -> bool | None:
        """A signal is not answered."""
        return None


def signal_inside(engine: DockerEngine, name: str, signal: SignalName, *, timeout: float) -> None:
    """Signal the first process, from inside where the image has a shell.

    From outside Docker takes any signal for an end that was asked for: a container that later dies of itself would
    not be started again, whatever its restart policy is.

    Raises:
        ControlFailed: it does not run, or may not be signalled.
    """
    box = engine.look(name)
    if box.paused:
        raise ControlFailed(f"container {name} is paused")
    if not box.runs:
        raise ProgramDown(f"container {name} does not run")
    words = ["/bin/sh", "-c", 'kill -s "$1" 1', "sh", signal]
    try:
        ended = engine.execute(name, words, timeout=timeout)
    except ControlFailed:
        engine.send(name, f"SIG{signal}")
        return
    if ended.code in _NO_SHELL:
        engine.send(name, f"SIG{signal}")
    elif ended.code != 0:
        raise ControlFailed(f"container {name} could not be sent SIG{signal} ({ended})")
