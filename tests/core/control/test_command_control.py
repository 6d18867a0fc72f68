"""Controls by command, tried on a small real daemon."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.control.command import CommandControl, CommandSettings
from core.control.words import run_words
from core.domain.errors import ControlFailed
from tests.contracts.control_contract import lives
from tests.core.control.small_daemon import SmallDaemon


@pytest.fixture
def daemons() -> Iterator[list[SmallDaemon]]:
    """Daemons of one test; none outlives it."""
    made: list[SmallDaemon] = []
    yield made
    for daemon in made:
        daemon.kill()


def settings(daemon: SmallDaemon, **changes: object) -> CommandSettings:
    words: dict[str, object] = {
        "kind": "command",
        "stop": daemon.words("stop"),
        "start": daemon.words("start"),
        "status": daemon.words("status"),
        "timeout_seconds": 5,
    }
    return CommandSettings.model_validate(words | changes)


def make(daemons: list[SmallDaemon], folder: Path, *traits: str) -> SmallDaemon:
    daemon = SmallDaemon(folder=folder, traits=traits)
    daemons.append(daemon)
    return daemon


def test_a_daemon_that_keeps_its_output_does_not_keep_us(daemons: list[SmallDaemon], tmp_path: Path) -> None:
    """`start` waits for the command, not for the pipe ends it left; and the daemon goes on living and writing."""
    daemon = make(daemons, tmp_path, "loud")
    begun = time.monotonic()
    CommandControl(settings(daemon)).start()
    assert time.monotonic() - begun < 3
    pid = daemon.pid()
    time.sleep(0.2)
    assert lives(pid)


def test_a_daemon_inherits_nothing_of_ours(
    daemons: list[SmallDaemon], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither our open files nor our environment, in which secrets may lie."""
    monkeypatch.setenv("BACKUPSERV_SASL_PASSWORD", "geheim")
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/ours")
    daemon = make(daemons, tmp_path)
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003 — os.set_inheritable takes no keyword
        CommandControl(settings(daemon)).start()
    assert daemon.pid() is not None
    names = daemon.left(".environment").split()
    assert "BACKUPSERV_SASL_PASSWORD" not in names
    assert "NOTIFY_SOCKET" not in names
    assert "PATH" in names
    assert set(daemon.left(".descriptors").split()) <= {"0", "1", "2", "3", "4"}  # 3 and 4: its own listing


def test_a_start_that_fails_says_what_the_command_said(daemons: list[SmallDaemon], tmp_path: Path) -> None:
    """The operator reads the command's own words."""
    daemon = make(daemons, tmp_path, "broken")
    with pytest.raises(ControlFailed, match="address in use / second line"):
        CommandControl(settings(daemon)).start()


def test_what_ignores_the_stop_is_told_and_not_killed(daemons: list[SmallDaemon], tmp_path: Path) -> None:
    """SIGKILL would lose what services have not saved."""
    daemon = make(daemons, tmp_path, "deaf")
    control = CommandControl(settings(daemon, timeout_seconds=0.5))
    control.start()
    pid = daemon.pid()
    with pytest.raises(ControlFailed, match="still run"):
        control.stop()
    assert lives(pid)


def test_a_stop_that_fails_is_told_with_its_words(daemons: list[SmallDaemon], tmp_path: Path) -> None:
    """A failed stop command is a failure if services still run."""
    daemon = make(daemons, tmp_path)
    control = CommandControl(settings(daemon, stop=["sh", "-c", "echo Access denied >&2; exit 4"]))
    control.start()
    daemon.pid()
    with pytest.raises(ControlFailed, match="exit 4: Access denied"):
        control.stop()


@pytest.mark.parametrize(("code", "running"), [(0, True), (1, False), (2, False), (3, False), (5, False)])
def test_status_speaks_lsb(tmp_path: Path, code: int, *, running: bool) -> None:
    """0 runs; 1 to 3 do not, and neither does what a plain script may say."""
    daemon = SmallDaemon(folder=tmp_path)
    assert CommandControl(settings(daemon, status=["sh", "-c", f"exit {code}"])).is_running() is running


@pytest.mark.parametrize(
    "status", [["sh", "-c", "exit 4"], ["sh", "-c", "exit 127"], ["sh", "-c", "exit 255"], ["sh", "-c", "kill -9 $$"]]
)
def test_a_status_that_cannot_tell_is_no_answer(tmp_path: Path, status: list[str]) -> None:
    """What cannot be seen is never called "not running": a database would be replaced under a living process."""
    with pytest.raises(ControlFailed, match="cannot tell"):
        CommandControl(settings(SmallDaemon(folder=tmp_path), status=status)).is_running()


def test_a_missing_command_is_told_by_name() -> None:
    """The path that is wrong stands in the message."""
    with pytest.raises(ControlFailed, match=r"/nowhere/rc\.atheme"):
        run_words(["/nowhere/rc.atheme", "start"], timeout=5)


def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    """Its whole group goes; SIGTERM comes first, for what hangs may be services in the foreground, that save."""
    script = f"sleep 60 & echo $! > {tmp_path}/child; trap 'echo saved > {tmp_path}/asked; exit' TERM; wait"
    with pytest.raises(ControlFailed, match="did not end within"):
        run_words(["sh", "-c", script], timeout=0.5)
    assert (tmp_path / "asked").exists()
    child, deadline = int((tmp_path / "child").read_text()), time.monotonic() + 5
    while lives(child) and time.monotonic() < deadline:  # killed, and not yet seen to be gone
        time.sleep(0.01)
    assert not lives(child)


def test_a_flood_of_words_fills_no_disk() -> None:
    """A command that talks without end is heard from its beginning, and its output is thrown away as it comes."""
    script = "echo first words; head -c 200000000 /dev/zero"
    ended = run_words(["sh", "-c", script], timeout=30)
    assert ended.code == 0
    assert ended.said.startswith("first words")
    assert len(ended.said) <= 200


def test_output_is_shown_without_control_characters() -> None:
    """What a command says ends up in chat: no colours, no line ends, no bell."""
    ended = run_words(["printf", "\\033[31mred\\007\\r\\nnext"], timeout=5)
    assert ended.said == " [31mred  / next"
