"""A program that systemd runs as a unit, of the system's manager or of our own user's."""

import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.systemctl import Systemctl, UnitName, UnitState
from core.control.words import Ended
from core.domain.errors import ControlFailed

_PAUSE = 0.05
_SETTLED = 0.2  # seconds after which what starts a unit by itself has been seen to do so


class SystemdSettings(BaseModel):
    """`control = { kind = "systemd", … }`: `systemctl stop` and `start`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["systemd"]
    unit: UnitName = Field(description='"atheme-services.service"')
    user: bool = Field(default=False, description="a unit of the bot's own user: `systemctl --user`")
    timeout_seconds: float = Field(default=90, gt=0, strict=False, description="how long stop and start may take")


class SystemdControl:
    """Asks systemd for the unit's state, and the kernel for what is left in its control group."""

    can_act = True

    def __init__(self, settings: SystemdSettings) -> None:
        self._settings = settings
        self._systemctl = Systemctl(unit=settings.unit, user=settings.user)

    def is_running(self) -> bool:
        """Whether anything of the unit lives, or systemd is about to start it again; see the port."""
        return self.life() is not None

    def life(self) -> str | None:
        """Its invocation; see `Living`."""
        now = self._systemctl.state()
        return now.invocation if now.lives else None

    def stop(self) -> None:
        """Stop it, and see its control group empty and stay so; see the port."""
        before = self._systemctl.state()
        if not before.lives:
            return
        ended = self._systemctl.tell("stop", timeout=self._settings.timeout_seconds)
        deadline = time.monotonic() + self._settings.timeout_seconds
        while (now := self._systemctl.state()).lives:
            self._must_not_be_back(before, now)
            if ended.code != 0:
                raise ControlFailed(
                    f"systemd did not stop {self._settings.unit} ({ended})", hint=self._permission(ended)
                )
            if time.monotonic() >= deadline:
                raise self._still_there(now)
            time.sleep(_PAUSE)
        time.sleep(_SETTLED)
        self._must_not_be_back(before, self._systemctl.state())

    def start(self) -> None:
        """Start it; see the port. What ended again in this moment has not started."""
        before = self._systemctl.state()
        if before.active == "active" and before.lives:
            return
        # To systemd a hollow unit is active, so there is nothing to start.
        verb = "restart" if before.is_hollow else "start"
        ended = self._systemctl.tell(verb, timeout=self._settings.timeout_seconds)
        now = self._systemctl.state()
        if ended.code != 0 or now.active == "failed":
            raise self._not_started(before, now, ended)

    def _still_there(self, now: UnitState) -> ControlFailed:
        unit = self._settings.unit
        if now.is_down:
            return ControlFailed(
                f"{unit} is stopped and processes of it still run",
                hint="look at KillMode= of the unit, and end them by hand",
            )
        return ControlFailed(
            f"{unit} is {now} {self._settings.timeout_seconds:.0f} s after it was told to stop",
            hint="look at TimeoutStopSec= of the unit",
        )

    def _must_not_be_back(self, before: UnitState, now: UnitState) -> None:
        if now.lives and now.invocation != before.invocation and not now.is_down:
            raise ControlFailed(
                f"{self._settings.unit} was stopped, and something started it again",
                hint="a socket, a path, a timer or another unit: `systemctl list-dependencies --reverse` shows them",
            )

    def _not_started(self, before: UnitState, now: UnitState, ended: Ended) -> ControlFailed:
        unit, manager = self._settings.unit, "--user " if self._settings.user else ""
        limited = now.result == "start-limit-hit" or (now.active == "failed" and now.invocation == before.invocation)
        if limited:
            return ControlFailed(
                f"systemd does not even try to start {unit}: it failed too often",
                hint=f"look at why, then `systemctl {manager}reset-failed {unit}`",
            )
        why = f"exit {now.exit_status}" if now.result == "exit-code" else now.result
        said = self._systemctl.last_words() if now.active == "failed" else ended.said
        return ControlFailed(
            f"{unit} did not start: {now}, {why}{f': {said}' if said else ''}", hint=self._permission(ended)
        )

    def _permission(self, ended: Ended) -> str:
        if "uthentication" in ended.said or "ccess denied" in ended.said:
            return "a polkit rule lets the bot's user do it: deploy/systemd/ has one"
        return f"`journalctl {'--user-unit' if self._settings.user else '-u'} {self._settings.unit}` says more"
