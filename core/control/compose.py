"""A compose project as one unit: its containers stop and start in the order in which they need each other.

Labels are compose's own: version 2 writes down what depends on what, version 1 does not.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.docker import start_container, stop_container
from core.control.docker_container import Container
from core.control.docker_engine import SOCKET, DockerEngine, engine_at
from core.domain.errors import ControlFailed

_SERVICE = "com.docker.compose.service"
_NEEDS = "com.docker.compose.depends_on"  # "db:service_healthy:false,cache:service_started:true"
_OURS = frozenset({"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"})  # what an engine mounts into each container


class ComposeSettings(BaseModel):
    """`unit = { kind = "compose", … }`: the project, and what it does not say itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["compose"]
    project: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="its name: what `docker compose ls` shows")
    order: list[str] = Field(
        default=[], description="its services, first to start first; needed where it was made by docker-compose 1"
    )
    leave: list[str] = Field(default=[], description="services of it that are neither stopped nor started")
    may_be_killed: list[str] = Field(
        default=[], description="services that have nothing to lose: killed if they do not end in time"
    )
    socket: Path = Field(default=SOCKET, strict=False, description="the engine's socket")
    stop_seconds: float = Field(default=60, gt=0, strict=False, description="how long each may take to save and end")
    healthy_seconds: float = Field(
        default=60, ge=0, strict=False, description="how long each may take to be healthy, where it has a health check"
    )


class ComposeUnit:
    """The containers of a project; see the port. Never the one that we run in."""

    def __init__(self, settings: ComposeSettings) -> None:
        self._settings = settings

    def down(self) -> Sequence[str]:
        """Stop all that run, the last first; see the port."""
        told = self._settings
        with engine_at(told.socket) as engine:
            return tuple(
                box.name
                for box in reversed(self._boxes(engine))
                if stop_container(
                    engine, box.name, seconds=told.stop_seconds, may_kill=_service(box) in told.may_be_killed
                )
            )

    def up(self) -> Sequence[str]:
        """Start all that do not run, the first first, and see each of them live; see the port."""
        told = self._settings
        with engine_at(told.socket) as engine:
            return tuple(
                box.name
                for box in self._boxes(engine)
                if start_container(engine, box.name, healthy_seconds=told.healthy_seconds)
            )

    def _boxes(self, engine: DockerEngine) -> list[Container]:
        """The project's containers in the order in which they start.

        Raises:
            ControlFailed: there are none, or the order names a service that has none.
        """
        told = self._settings
        found = engine.project(told.project)
        if not found:
            raise ControlFailed(
                f"no container belongs to the compose project {told.project}",
                hint="`docker compose up --no-start` makes them; `docker compose ls -a` names the projects",
            )
        missing = sorted({*told.order, *told.leave} - {_service(box) for box in found})
        if missing:
            raise ControlFailed(
                f"the compose project {told.project} has no container for {', '.join(missing)}",
                hint="`docker compose up --no-start` makes them, or correct unit.order and unit.leave",
            )
        ours = _our_mounts()
        kept = [box for box in found if _service(box) not in told.leave and box.id not in ours]
        return in_order(kept, told.order)


def _service(box: Container) -> str:
    return box.labels.get(_SERVICE, box.name)


def in_order(boxes: Sequence[Container], order: Sequence[str]) -> list[Container]:
    """Who is needed comes first; among the rest as `order` says, and then as they were made.

    A circle, which compose would refuse, is cut where that order says.
    """
    place: Mapping[str, int] = {name: number for number, name in enumerate(order)}
    waiting = sorted(boxes, key=lambda box: (place.get(_service(box), len(place)), box.created, box.name))
    sorted_ones: list[Container] = []
    while waiting:
        missing = {_service(box) for box in waiting}
        ready = next((box for box in waiting if not (_needs(box) - {_service(box)}) & missing), waiting[0])
        sorted_ones.append(ready)
        waiting.remove(ready)
    return sorted_ones


def _needs(box: Container) -> set[str]:
    return {name for name in re.split(r":[^,]*,?|,", box.labels.get(_NEEDS, "")) if name}


def _our_mounts() -> str:
    """Where the files lie that an engine has mounted for us, if we run in a container ourselves: its id is in there."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return ""
    fields = (line.split() for line in mounts)
    return "\n".join(words[3] for words in fields if words[4] in _OURS)
