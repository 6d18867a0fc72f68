"""Asking systemd about one unit, and telling it what to do with it, through `systemctl`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from core.control.words import Ended, run_words
from core.domain.errors import ControlFailed

UnitName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_@:][A-Za-z0-9_@:.\\-]*$", max_length=255)]

_ASKED = (
    "LoadState",
    "ActiveState",
    "SubState",
    "MainPID",
    "Result",
    "ExecMainStatus",
    "ControlGroup",
    "InvocationID",
    "CanReload",
)
_UNLOADABLE = {
    "not-found": "there is no unit {unit}",
    "bad-setting": "the file of the unit {unit} has a bad setting",
    "error": "the file of the unit {unit} cannot be read",
}
_GONE = frozenset({"inactive", "failed"})
_TREES = tuple(Path("/sys/fs/cgroup") / name for name in ("", "systemd", "unified"))  # v2; v1; both at once
_MOST_LINES = 3
_LOOK = 10.0  # seconds that a question may take


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """A unit as systemd had it at one moment. Names and values: org.freedesktop.systemd1(5)."""

    active: str  # "active", "activating", "inactive", "failed" …
    sub: str  # finer: "running", "auto-restart", "dead" …
    main_pid: int  # 0: there is none
    result: str  # of its last run: "success", "exit-code", "signal", "start-limit-hit" …
    exit_status: str
    invocation: str  # another one after each start
    can_reload: bool
    left: bool  # whether a process of its control group lives

    @property
    def lives(self) -> bool:
        """Whether anything of it runs, or will by itself: systemd starts it again after "auto-restart"."""
        return self.left or not (self.is_down or self.is_hollow)

    @property
    def is_down(self) -> bool:
        """Whether systemd counts it as stopped; processes of it may be left all the same."""
        return self.active in _GONE

    @property
    def is_hollow(self) -> bool:
        """Whether it counts as active though its processes have ended, as that of an init script may."""
        return self.active == "active" and self.sub == "exited"

    def __str__(self) -> str:
        return f"{self.active} ({self.sub})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Systemctl:
    """One unit, of the system's manager or of our own user's."""

    unit: str
    user: bool

    def state(self) -> UnitState:
        """What systemd says about it now.

        Raises:
            ControlFailed: there is no such unit, or systemd cannot be asked. That is not the same as not running.
        """
        ended = self._run("show", f"--property={','.join(_ASKED)}", timeout=_LOOK)
        told = dict(line.partition("=")[::2] for line in ended.output.decode("utf-8", "replace").splitlines())
        if ended.code != 0 or "ActiveState" not in told:
            raise ControlFailed(f"systemd cannot be asked about {self.unit} ({ended})", hint=self._hint("status"))
        complaint = _UNLOADABLE.get(told.get("LoadState", ""))
        if complaint is not None and told["ActiveState"] in _GONE:
            raise ControlFailed(complaint.format(unit=self.unit), hint=self._hint("status"))
        return UnitState(
            active=told["ActiveState"],
            sub=told.get("SubState", ""),
            main_pid=int(told.get("MainPID") or 0),
            result=told.get("Result", ""),
            exit_status=told.get("ExecMainStatus", ""),
            invocation=told.get("InvocationID", ""),
            can_reload=told.get("CanReload") == "yes",
            left=_has_processes(told.get("ControlGroup", "")),
        )

    def tell(self, verb: str, *, timeout: float) -> Ended:
        """`systemctl VERB UNIT`, which returns when its job has ended.

        Raises:
            ControlFailed: it cannot be run, or took too long.
        """
        return self._run(verb, timeout=timeout)

    def last_words(self) -> str:
        """The last lines that its processes said, for people; empty where we may not read the journal."""
        which = "_SYSTEMD_USER_UNIT" if self.user else "_SYSTEMD_UNIT"  # of the unit, not about it
        words = [
            "journalctl",
            "--quiet",
            "--no-pager",
            "--output=cat",
            f"--lines={_MOST_LINES}",
            f"{which}={self.unit}",
        ]
        try:
            ended = run_words(words, timeout=_LOOK)
        except ControlFailed:
            return ""
        return ended.said if ended.code == 0 else ""

    def _run(self, verb: str, *options: str, timeout: float) -> Ended:
        manager = ["--user"] if self.user else []
        return run_words(
            ["systemctl", *manager, "--no-ask-password", "--no-pager", verb, *options, "--", self.unit], timeout=timeout
        )

    def _hint(self, verb: str) -> str:
        return f"run `systemctl {'--user ' if self.user else ''}{verb} {self.unit}` by hand"


def _has_processes(group: str) -> bool:
    """Whether anybody is in a control group of systemd's. One that is named and that we cannot see counts as full."""
    if not group:
        return False
    seen = [tree / group.lstrip("/") for tree in _TREES if (tree / group.lstrip("/")).is_dir()]
    return not seen or any(_is_full(folder) for folder in seen)


def _is_full(folder: Path) -> bool:
    for file in (folder / "cgroup.procs", *folder.rglob("*/cgroup.procs")):
        try:
            if file.read_text().strip():
                return True
        except OSError:
            continue  # it was taken away in this moment
    return False
