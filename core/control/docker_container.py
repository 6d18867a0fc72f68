"""What an engine says about one container."""

import re
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from core.control.words import first_lines

_SECRET_NAME = re.compile(r"PASS|SECRET|TOKEN|KEY|CREDENTIAL", re.IGNORECASE)
_SHORTEST_SECRET = 4
KILLED = 137  # 128 and SIGKILL


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container at one moment."""

    id: str
    name: str
    runs: bool  # a process of it lives; also while it is paused
    paused: bool
    restarting: bool  # it ended, and the engine waits before it starts it again
    exit_code: int
    out_of_memory: bool
    restarts: int  # by the engine, since somebody last started it
    began: str  # when it was last started
    created: str
    stop_signal: str
    policy: str  # "no", "always", "unless-stopped", "on-failure"
    removed_when_down: bool  # made with --rm
    health: str  # "healthy", "unhealthy", "starting"; "" where nobody looks
    health_said: str  # what the last health check said, without secrets
    health_words: tuple[str, ...]  # how it is checked
    labels: Mapping[str, str]
    secrets: tuple[str, ...]  # of its environment: what must not be told

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """From the engine's answer. Podman leaves out, or leaves empty, some of what Docker says."""
        state, config, host = found["State"], found["Config"], found.get("HostConfig") or {}
        secrets = _secrets(config.get("Env") or ())
        health = state.get("Health") or {}
        log = health.get("Log") or [{}]
        return cls(
            id=str(found["Id"]),
            name=str(found["Name"]).lstrip("/"),
            runs=_runs(state),
            paused=bool(state.get("Paused")),
            restarting=bool(state.get("Restarting")),
            exit_code=int(state.get("ExitCode") or 0),
            out_of_memory=bool(state.get("OOMKilled")),
            restarts=int(found.get("RestartCount") or 0),
            began=str(state.get("StartedAt") or ""),
            created=str(found.get("Created") or ""),
            stop_signal=_signal(config.get("StopSignal")),
            policy=str((host.get("RestartPolicy") or {}).get("Name") or "no"),
            removed_when_down=bool(host.get("AutoRemove")),
            health=str(health.get("Status") or ""),
            health_said=first_lines(str(log[-1].get("Output") or "").encode(), secrets),
            health_words=_words((config.get("Healthcheck") or {}).get("Test") or ()),
            labels={str(name): str(value) for name, value in (config.get("Labels") or {}).items()},
            secrets=secrets,
        )

    @property
    def end(self) -> str:
        """How it ended, for people."""
        return f"exit {self.exit_code}{', out of memory' if self.out_of_memory else ''}"

    @property
    def was_killed(self) -> bool:
        """Whether it did not end by itself."""
        return self.out_of_memory or self.exit_code == KILLED


def _runs(state: Mapping[str, Any]) -> bool:
    """Podman calls what is ending, and may take long, "stopping", and not running."""
    lives = state.get("Running") or state.get("Paused") or state.get("Status") == "stopping"
    return bool(lives) and not state.get("Restarting")


def _signal(told: object) -> str:
    """A signal's name; Podman tells its number."""
    if isinstance(told, int) or str(told or "").isdecimal():
        with suppress(ValueError):
            return signal.Signals(int(str(told))).name
    return str(told or "SIGTERM")


def _words(test: Sequence[str]) -> tuple[str, ...]:
    """A health check's own words: `CMD …`, or `CMD-SHELL` and a line for the image's shell."""
    match list(test):
        case ["CMD", *words]:
            return tuple(words)
        case ["CMD-SHELL", line]:
            return ("/bin/sh", "-c", line)
        case _:
            return ()


def _secrets(environment: Sequence[str]) -> tuple[str, ...]:
    pairs = (line.partition("=") for line in environment)
    return tuple(value for name, _, value in pairs if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET)
