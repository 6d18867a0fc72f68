"""An IRCd's own files: it is stopped, so that it does not write over what comes back, and started again on them.

SIGTERM has it save what it knows; what it wrote then is what is kept for the way back. It is never restarted in one
step: UnrealIRCd does not save then.
"""

from contextlib import suppress
from pathlib import Path

from core.domain.errors import ControlFailed, SourceDamaged
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import Steps
from core.operations.site import TreeSite
from core.operations.things.ground import Ground
from core.operations.things.ircd_judging import judged_ircd, judged_unrealircd
from core.operations.things.manner import Judgement, Look, PlainManner

_PATIENCE = 30.0  # seconds from the start command until its process is seen
_WATCHED = 5.0  # seconds for which it must stay up, and put nothing aside
_PAUSE = 0.25
_PIDFILE, _PROGRAM = "unrealircd.pid", "unrealircd"
Aside = frozenset[tuple[str, int, int]]


class IrcdManner(PlainManner):
    """Stop, replace, start, and watch what it makes of them; see the port."""

    owned = True

    def __init__(self, site: TreeSite, ground: Ground) -> None:
        super().__init__(site, ground)
        self._is_unrealircd = site.source.kind == "unrealircd"
        self.restart = self._what_restarts()

    def _what_restarts(self) -> str:
        """What happens to the people on it."""
        if not self.site.control.can_act:
            return "the IRCd is left alone (control is none): it must be down until it is done"
        try:
            running = self.site.control.is_running()
        except ControlFailed:
            return "whether the IRCd runs cannot be told now"
        return (
            "the IRCd stops and starts: EVERYBODY ON IT IS DISCONNECTED"
            if running
            else "the IRCd is down, and stays down"
        )

    def judge(self, look: Look) -> Judgement:
        """Every database that comes, and who is banned then; see the port."""
        if not self._is_unrealircd:
            return judged_ircd(look)
        judged = judged_unrealircd(look, self.site.opener)
        if self._lives_uncontrolled():
            return Judgement(
                conflicts=judged.conflicts,
                notes=judged.notes,
                blocked=f"UnrealIRCd runs, by {self.site.root / _PIDFILE}, and would write over what comes back: "
                "stop it, or let sources.NAME.control do it",
            )
        return judged

    def _lives_uncontrolled(self) -> bool:
        """Whether it runs though nobody here can stop it; only what is certain counts."""
        if self.site.control.can_act:
            return False
        with suppress(OSError, ValueError):
            pid = int((self.site.root / _PIDFILE).read_text()[:20])
            return Path(f"/proc/{pid}/comm").read_text().strip() == _PROGRAM
        return False

    def runs(self) -> bool:
        """Whether it runs now; see the port."""
        return self.site.control.can_act and self.site.control.is_running()

    def before(self, record: RestoreRecord, steps: Steps) -> None:
        """Stop it, and see it gone; see the port."""
        del record
        if self.runs():
            steps.begin("stopping the IRCd")
            self.site.control.stop()
            steps.end("the IRCd is stopped, and has saved")

    def after(self, record: RestoreRecord, steps: Steps) -> None:
        """Start it where it ran, and watch it for some seconds; see the port."""
        if not self.site.control.can_act:
            return
        if not record.was_running:
            steps.notes.append("the IRCd was down, and was not started")
            return
        aside = self._put_aside()
        self._start(steps)
        steps.begin("watching the IRCd")
        self._watch(aside)
        steps.end("the IRCd is up on them")

    def _start(self, steps: Steps) -> None:
        control, clock = self.site.control, self.ground.clock
        steps.begin("starting the IRCd")
        control.start()
        until = clock.monotonic() + _PATIENCE
        while not _runs(self.site):
            if clock.monotonic() >= until:
                raise ControlFailed(f"the IRCd does not run {_PATIENCE:.0f} s after its start", hint="look at its log")
            clock.sleep(_PAUSE)
        steps.end("the IRCd is started")

    def _watch(self, aside: Aside) -> None:
        clock = self.ground.clock
        until = clock.monotonic() + _WATCHED
        while clock.monotonic() < until:
            new = sorted(self._put_aside() - aside)
            if new:
                raise SourceDamaged(f"the IRCd could not read what was restored: it put it aside as {new[0][0]}")
            if not _runs(self.site):
                raise ControlFailed("the IRCd started, and ended within seconds", hint="look at its log")
            clock.sleep(_PAUSE)

    def _put_aside(self) -> Aside:
        """What UnrealIRCd could not read, as it lies there by now: by name, inode and time."""
        found = []
        if self._is_unrealircd:
            for pattern in ("*.corrupt", "history/*.corrupt", "history/bad/*"):
                for path in self.site.root.glob(pattern):
                    with suppress(OSError):
                        status = path.lstat()
                        name = str(path.relative_to(self.site.root))
                        found.append((name, status.st_ino, status.st_ctime_ns))
        return frozenset(found)

    def went_back(self, record: RestoreRecord, steps: Steps) -> None:
        """It runs on the old files, where it ran; see the port."""
        if record.was_running and self.site.control.can_act and not _runs(self.site):
            self._start(steps)


def _runs(site: TreeSite) -> bool:
    """In doubt not: a pid file is written after the start command has returned."""
    try:
        return site.control.is_running()
    except ControlFailed:
        return False
