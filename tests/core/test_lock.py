"""One run at a time, and a lock that dies with its holder."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.domain.errors import LockHeld, StorageUnavailable
from core.lock import Lock
from tests.machine import until

HOLD = """\
import sys, time
from pathlib import Path
import core.lock
from core.lock import Lock
core.lock.BEAT_SECONDS = 0.05
with Lock(Path(sys.argv[1]), purpose="backup"):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(path: Path) -> "subprocess.Popen[str]":
    """Another process that has the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_second_run_is_told_who_is_at_work(tmp_path: Path) -> None:
    """Purpose, pid and since when; it does not wait, and the holder keeps the lock."""
    holder = hold(tmp_path / "lock")
    try:
        for _ in range(2):
            with pytest.raises(LockHeld) as caught, Lock(tmp_path / "lock", purpose="restore"):
                pass
            assert f"(backup, pid {holder.pid}, since 20" in caught.value.message
    finally:
        end(holder)


def refused(path: Path) -> LockHeld:
    """What the second run is told."""
    with pytest.raises(LockHeld) as caught, Lock(path, purpose="verify"):
        pass
    return caught.value


def long_ago(path: Path, seconds: float) -> None:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def test_a_holder_that_hangs_is_told_apart_from_one_at_work(tmp_path: Path) -> None:
    """A stopped process holds the lock and gives no sign of life; when it goes on, so does its heart."""
    path = tmp_path / "lock"
    holder = hold(path)
    try:
        holder.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, holder.pid, os.WSTOPPED)
        long_ago(path, 3 * 3600 + 5)
        held = refused(path)
        assert f"(backup, pid {holder.pid}, since 20" in held.message
        assert held.message.endswith("last sign of life 3h ago)")
        assert "it hangs" in held.hint
        holder.send_signal(signal.SIGCONT)
        until(lambda: "sign of life" not in refused(path).message, "a beat")
        assert "wait for it" in refused(path).hint
    finally:
        end(holder)


def test_beats_do_not_change_since_when(tmp_path: Path) -> None:
    """The file's time is the last beat; the beginning stands in the file, by the same clock."""
    path = tmp_path / "lock"
    began = path.parent.stat().st_mtime
    holder = hold(path)
    try:
        first = path.stat().st_mtime_ns
        until(lambda: path.stat().st_mtime_ns > first, "a beat")
        story = json.loads(path.read_text())
        assert int(began) <= story["since"] <= first / 1e9
    finally:
        end(holder)


def test_the_heart_stops_with_the_run(tmp_path: Path) -> None:
    """Nobody touches the file of a run that ended, and the next one has a heart of its own."""
    for _ in range(2):
        with Lock(tmp_path / "lock", purpose="backup") as lock:
            assert lock._heart.is_alive()
        assert not lock._heart.is_alive()
        assert (tmp_path / "lock").read_bytes() == b""


def test_within_one_process_it_holds_too(tmp_path: Path) -> None:
    """Two threads of the bot are two runs."""
    first, second = Lock(tmp_path / "lock", purpose="backup"), Lock(tmp_path / "lock", purpose="verify")
    with first, pytest.raises(LockHeld), second:
        pass
    with Lock(tmp_path / "lock", purpose="verify") as lock:
        assert lock.stale == ""


def test_a_killed_holder_leaves_a_story_and_no_lock(tmp_path: Path) -> None:
    """The next run takes it at once and can tell what was cut short; the one after knows nothing of it."""
    holder = hold(tmp_path / "lock")
    end(holder)
    with Lock(tmp_path / "lock", purpose="verify") as lock:
        assert f"without a word (backup, pid {holder.pid}, since 20" in lock.stale
        assert "restarted" not in lock.stale
    with Lock(tmp_path / "lock", purpose="verify") as lock:
        assert lock.stale == ""


def test_a_holder_of_another_boot_was_cut_short_by_the_restart(tmp_path: Path) -> None:
    """Power was lost: the pid means nothing any more."""
    story = {"pid": os.getpid(), "boot": "another", "purpose": "backup"}
    (tmp_path / "lock").write_text(json.dumps(story))
    with Lock(tmp_path / "lock", purpose="verify") as lock:
        assert "before the host was restarted" in lock.stale


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "7",
        '{"pid": []}',
        "\0" * 5000,
        '{"pid":"x","boot":1,"purpose":2}',
        '{"pid":1,"boot":1,"purpose":2,"since":1e99}',
    ],
)
def test_nonsense_in_the_file_keeps_nobody_from_locking(tmp_path: Path, content: str) -> None:
    """What it says is only a story."""
    (tmp_path / "lock").write_text(content)
    with Lock(tmp_path / "lock", purpose="backup"):
        pass


def test_a_lock_that_cannot_be_made_is_no_held_lock(tmp_path: Path) -> None:
    """A missing folder, a link: told by path."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "missing" / "lock", tmp_path / "link"):
        with pytest.raises(StorageUnavailable, match=str(path)), Lock(path, purpose="backup"):
            pass
    assert not (tmp_path / "elsewhere").exists()
