"""What every control promises, whatever it controls. Subclasses provide `subject`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.ports import Control
from core.program_ports import Living


@dataclass(frozen=True, kw_only=True)
class ControlSubject:
    """A control, and a way to see behind its back what it controls."""

    control: Control
    pid: Callable[[], int | None]  # of the program, after it was started
    saved: Callable[[], bool]  # whether it saved when it was last stopped


def lives(pid: int | None) -> bool:
    """Whether a process lives, asked of the kernel alone."""
    if pid is None:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


class ControlContract:
    """Started by `subject`: the program is down."""

    def test_what_is_down_is_not_running_and_may_be_stopped(self, subject: ControlSubject) -> None:
        """Stopping what is stopped is no error."""
        assert not subject.control.is_running()
        subject.control.stop()
        assert not subject.control.is_running()

    def test_it_can_act(self, subject: ControlSubject) -> None:
        """A control with a stop and a start says so."""
        assert subject.control.can_act

    def test_start_starts_it(self, subject: ControlSubject) -> None:
        """After `start` a process lives, and `is_running` knows."""
        subject.control.start()
        assert lives(subject.pid())
        assert subject.control.is_running()

    def test_starting_what_runs_changes_nothing(self, subject: ControlSubject) -> None:
        """The second `start` is no error, and no second process."""
        subject.control.start()
        pid = subject.pid()
        subject.control.start()
        assert subject.pid() == pid
        assert lives(pid)

    def test_stop_returns_when_the_process_is_gone(self, subject: ControlSubject) -> None:
        """Not when it was told to: what it still writes while it ends would be overwritten, or overwrite us."""
        subject.control.start()
        pid = subject.pid()
        subject.control.stop()
        assert not lives(pid)
        assert not subject.control.is_running()

    def test_stop_lets_it_save(self, subject: ControlSubject) -> None:
        """It is asked to end, never killed: what it had in memory is on disk."""
        subject.control.start()
        assert subject.pid() is not None
        subject.control.stop()
        assert subject.saved()

    def test_it_starts_again(self, subject: ControlSubject) -> None:
        """Down and up again is a new process, and another life where the control knows one from the next."""
        subject.control.start()
        first, life = subject.pid(), _life(subject)
        assert _life(subject) == life
        subject.control.stop()
        assert _life(subject) is None
        subject.control.start()
        assert subject.pid() != first
        assert subject.control.is_running()
        assert life is None or _life(subject) not in {None, life}


def _life(subject: ControlSubject) -> str | None:
    return subject.control.life() if isinstance(subject.control, Living) else None
