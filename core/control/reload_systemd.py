"""A reload of a systemd unit: `systemctl reload`, which runs what the unit names in ExecReload=."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.control.reload_test import run_test
from core.control.systemctl import Systemctl, UnitName
from core.domain.errors import ControlFailed, ProgramDown, ReloadRefused
from core.program_ports import What

Words = Annotated[list[str], Field(min_length=1)]


class ReloadSystemdSettings(BaseModel):
    """`reload = { kind = "systemd", … }`: a unit knows one reload, for everything."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["systemd"]
    unit: UnitName = Field(description='"unrealircd.service"')
    user: bool = Field(default=False, description="a unit of the bot's own user: `systemctl --user`")
    test: Words | None = Field(default=None, description="exit code 0 where the program would live with what is there")
    timeout_seconds: float = Field(default=30, gt=0, strict=False, description="how long test and reload may take")


class SystemdReload:
    """Has systemd reload the unit; see the port."""

    def __init__(self, settings: ReloadSystemdSettings) -> None:
        self._settings = settings
        self._systemctl = Systemctl(unit=settings.unit, user=settings.user)

    @property
    def can_test(self) -> bool:
        """Whether there is a command for it; see the port."""
        return self._settings.test is not None

    def test(self) -> str:
        """Run the test command; see the port."""
        return run_test(self._settings.test, timeout=self._settings.timeout_seconds)

    def reload(self, what: What) -> str:  # noqa: ARG002 — a unit has one reload
        """Reload the unit; see the port."""
        unit, before = self._settings.unit, self._systemctl.state()
        if before.active not in {"active", "reloading", "refreshing"}:
            error = ProgramDown if before.active in {"inactive", "failed"} else ControlFailed
            raise error(f"{unit} cannot be reloaded: it is {before}", hint="start it")
        if not before.can_reload:
            raise ControlFailed(f"{unit} cannot be reloaded", hint="its unit names nothing in ExecReload=")
        ended = self._systemctl.tell("reload", timeout=self._settings.timeout_seconds)
        if ended.code == 0:
            return f"reloaded {unit}"
        if self._systemctl.state().active == "active":
            raise ReloadRefused(f"{unit} did not reload, and goes on with what it had ({ended})")
        raise ControlFailed(f"{unit} did not reload, and does not run any more ({ended})", hint="start it")
