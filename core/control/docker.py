"""A program in a container, by the engine's API: Docker's, or Podman's."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.docker_container import Container
from core.control.docker_engine import SOCKET, ContainerGone, DockerEngine, engine_at
from core.domain.errors import ControlFailed

ContainerName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$", max_length=200)]
_PAUSE = 0.05
_STAYS_DOWN = 0.1  # seconds after which who starts what is down would have done so
_SURVIVES = 0.5  # seconds after which what was started has not ended at once
_LOOKS = 1.0  # seconds between two health checks of ours


class DockerSettings(BaseModel):
    """`control = { kind = "docker", … }`: a container, by the engine's socket."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["docker"]
    container: ContainerName = Field(description="its name: what `docker ps` shows")
    socket: Path = Field(default=SOCKET, strict=False, description="the engine's, or that of `podman system service`")
    stop_seconds: float = Field(
        default=60, gt=0, strict=False, description="how long it may take to save and end; it is never killed"
    )
    healthy_seconds: float = Field(
        default=60, ge=0, strict=False, description="where it has a health check: how long a start waits for it"
    )


class DockerControl:
    """Tells the engine. Never SIGKILL: that loses what was not saved."""

    can_act = True

    def __init__(self, settings: DockerSettings) -> None:
        self._settings = settings

    def is_running(self) -> bool:
        """Whether the container runs, or is about to run again by its restart policy; see the port."""
        return self.life() is not None

    def life(self) -> str | None:
        """When it was started last; see `Living`."""
        with engine_at(self._settings.socket) as engine:
            box = engine.look(self._settings.container)
        return box.began if box.runs or box.restarting else None

    def stop(self) -> None:
        """Its own stop signal, and wait until it has ended; see the port."""
        with engine_at(self._settings.socket) as engine:
            stop_container(engine, self._settings.container, seconds=self._settings.stop_seconds)

    def start(self) -> None:
        """Start it, and wait until it is healthy where it says so; see the port."""
        with engine_at(self._settings.socket) as engine:
            start_container(engine, self._settings.container, healthy_seconds=self._settings.healthy_seconds)

    def remarks(self) -> Sequence[str]:
        """What may get in the way of a restore: who else starts this container."""
        with engine_at(self._settings.socket) as engine:
            return remarks_about(engine.look(self._settings.container))


def stop_container(engine: DockerEngine, name: str, *, seconds: float, may_kill: bool = False) -> bool:
    """End a container as its image wants to be ended. Returns whether there was anything to end.

    The engine's own stop, which kills when its time is over, is not used as it is; the engine takes this for an end
    that was asked for all the same: no restart policy brings the container back.

    Raises:
        ControlFailed: it still runs, or something else killed it meanwhile, or started it again.
    """
    box = engine.look(name)
    if box.restarting:  # nothing lives, so nothing can be lost; only this ends the waiting
        engine.end(name, 0)
        box = engine.look(name)
    if not box.runs:
        return False
    if box.paused:
        raise ControlFailed(f"container {name} is paused, and cannot end", hint=f"docker unpause {name}")
    if box.removed_when_down:
        raise ControlFailed(
            f"container {name} would be removed if it were stopped (--rm)", hint="make it anew without --rm"
        )
    deadline = time.monotonic() + seconds
    engine.ask_to_end(box, seconds=seconds)
    ended = _wait_for_end(engine, box, deadline)
    if ended is None and may_kill:
        engine.end(name, 0)
        return True
    if ended is None:
        raise ControlFailed(
            f"container {name} still runs {seconds:.0f} s after {box.stop_signal}",
            hint="it was not killed: that would lose what it has not saved; stop_seconds says how long it may take",
        )
    if ended.was_killed and not may_kill:
        raise ControlFailed(
            f"container {name} was killed while it was ending ({ended.end}): what it had not saved is lost",
            hint="look at its memory limit, and who else stops it",
        )
    return True


def _wait_for_end(engine: DockerEngine, box: Container, deadline: float) -> Container | None:
    """The container once it has ended and stays so; None if it did not end.

    Raises:
        ControlFailed: it has ended, and was started again.
    """
    seen_down = False
    while True:
        now = engine.look(box.name)
        if now.began != box.began or now.restarting:
            raise ControlFailed(
                f"container {box.name} came back by itself after it was stopped (restart policy {now.policy})",
                hint="what starts it? Swarm, watchtower, a timer with `compose up`",
            )
        if seen_down:
            return now
        seen_down = not now.runs
        if not seen_down and time.monotonic() >= deadline:
            return None
        time.sleep(_STAYS_DOWN if seen_down else _PAUSE)


def start_container(engine: DockerEngine, name: str, *, healthy_seconds: float) -> bool:
    """Start a container and see it survive: healthy where it has a health check. Returns whether it was down.

    One that has done its work and ended well (exit 0) is as good as one that runs.

    Raises:
        ControlFailed: it ended at once, or is not healthy.
    """
    box = engine.look(name)
    if box.paused:
        raise ControlFailed(f"container {name} is paused", hint=f"docker unpause {name}")
    if box.runs:
        return False
    engine.start(name)
    if healthy_seconds and box.health_words:
        _wait_for_health(engine, name, healthy_seconds)
        return True
    deadline = time.monotonic() + _SURVIVES
    while _lives(engine, name) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return True


def _lives(engine: DockerEngine, name: str) -> bool:
    """Whether it still runs; False once it has ended well.

    Raises:
        ControlFailed: it has ended badly, or is being started over and over.
    """
    box = engine.look(name)
    if box.runs and not box.restarts:
        return True
    if not box.restarting and not box.restarts and box.exit_code == 0:
        return False
    again = ", again and again" if box.restarting or box.restarts else ""
    raise ControlFailed(
        f"container {name} was started and ended at once{again} ({box.end})", hint=f"docker logs --tail 20 {name}"
    )


def _wait_for_health(engine: DockerEngine, name: str, seconds: float) -> None:
    """Its own health check says yes: the engine's, or the same one made by us, as the engine's may be minutes apart."""
    deadline = time.monotonic() + seconds
    looked_at = 0.0
    while _lives(engine, name):
        box = engine.look(name)
        if box.health == "healthy":
            return
        if box.health == "unhealthy" or time.monotonic() >= deadline:
            verdict = "unhealthy" if box.health == "unhealthy" else f"not healthy after {seconds:.0f} s"
            raise ControlFailed(
                f"container {name} was started and is {verdict}{f': {box.health_said}' if box.health_said else ''}",
                hint=f"docker logs --tail 20 {name}",
            )
        if time.monotonic() >= looked_at + _LOOKS:
            if _passes(engine, box, max(1.0, deadline - time.monotonic())):
                return
            looked_at = time.monotonic()
        time.sleep(_PAUSE)


def _passes(engine: DockerEngine, box: Container, seconds: float) -> bool:
    try:
        return engine.execute(box.name, box.health_words, timeout=seconds).code == 0
    except ContainerGone:
        raise
    except ControlFailed:
        return False  # it has ended meanwhile, or the check hangs: the next look tells


def remarks_about(box: Container) -> tuple[str, ...]:
    """What an operator should know before a restore stops this container."""
    found = []
    if box.removed_when_down:
        found.append("it is removed when it stops (--rm), so it is not stopped")
    if task := box.labels.get("com.docker.swarm.service.name"):
        found.append(f"Swarm replaces it when it stops (task of {task}): scale that to 0 for a restore")
    if box.policy == "always":
        found.append("restart policy always: it stays down when it is stopped, until the engine itself is restarted")
    if box.restarting or box.restarts:
        found.append(f"the engine has restarted it {box.restarts} times since it was started")
    return tuple(found)
