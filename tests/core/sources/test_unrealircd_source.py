"""UnrealIRCd's data folder: everything is saved, what is in it is counted, and what is wrong is told by name."""

import os
import shutil
import socket
from datetime import timedelta
from pathlib import Path

import pytest

from core.crypto.unrealdb import UnrealdbOpener
from core.domain.finding import Severity
from core.secrets import Secret
from core.sources.unrealircd import UnrealircdCheck, UnrealircdSettings, UnrealircdSource
from core.tree_ports import TreeCapture
from tests import unrealdb
from tests.fakes import FakeClock, RecordingProgress

REAL = Path(__file__).parents[2] / "vectors" / "unrealircd"
NOW = FakeClock().now()


def age(path: Path, seconds: float) -> None:
    at = (NOW - timedelta(seconds=seconds)).timestamp()
    os.utime(path, (at, at))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    shutil.copytree(REAL, root)
    for path in root.rglob("*"):
        age(path, 60)
    return root


def scan(root: Path, opener: UnrealdbOpener | None = None) -> TreeCapture:
    settings = UnrealircdSettings(kind="unrealircd", root=root)
    check = UnrealircdCheck(opener)
    return UnrealircdSource(name="ircd", settings=settings, clock=FakeClock(), check=check).scan(RecordingProgress())


def told(capture: TreeCapture) -> dict[str, str]:
    return {finding.code: finding.text for finding in capture.findings}


def paths(capture: TreeCapture) -> set[str]:
    return {entry.path for entry in capture.entries if entry.type == "file"}


def test_what_the_real_one_wrote_is_saved_and_counted(root: Path) -> None:
    """Files of UnrealIRCd 6.1.8.1; its channel history is encrypted, and no secret is known."""
    capture = scan(root)
    assert {"channel.db", "tkl.db", "ircd.tune", "history/master.db"} <= paths(capture)
    found = {kind: capture.counts[kind] for kind in ("channels", "bans", "exceptions", "spam filters", "users gone")}
    assert found == {"channels": 2, "bans": 6, "exceptions": 1, "spam filters": 2, "users gone": 3}
    assert list(told(capture)) == ["not-judged"]
    assert told(capture)["not-judged"].endswith("and no secret is configured here")
    assert "and 1 more" in told(capture)["not-judged"]


def test_what_only_a_running_one_has_is_left_out(root: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(root / "unrealircd.ctl"))
    (root / "unrealircd.pid").write_text("12\n")
    (root / "tkl.db.0123.tmp").write_bytes(b"half")
    os.utime(root / "tkl.db.0123.tmp", (NOW.timestamp(), NOW.timestamp()))
    capture = scan(root)
    assert not {"unrealircd.ctl", "unrealircd.pid", "tkl.db.0123.tmp"} & paths(capture)
    assert "failed-saves" not in told(capture)


def test_a_damaged_one_is_told_by_name_and_the_others_are_saved(root: Path) -> None:
    content = (root / "tkl.db").read_bytes()
    (root / "tkl.db").write_bytes(content[:300])
    age(root / "tkl.db", 10)
    capture = scan(root)
    assert told(capture)["truncated"] == "tkl.db: it ends within record 4 of 9: it was cut off"
    assert max(finding.severity for finding in capture.findings) is Severity.LOSES_DATA
    assert {"tkl.db", "channel.db"} <= paths(capture)
    assert capture.counts["bans"] == 2


def test_an_empty_one_is_damaged(root: Path) -> None:
    (root / "channel.db").write_bytes(b"")
    assert told(scan(root))["empty"].startswith("channel.db: it is empty")


def test_what_unrealircd_put_aside_is_told_loudly(root: Path) -> None:
    (root / "tkl.db.corrupt").write_bytes(b"what was left")
    (root / "history" / "bad").mkdir()
    (root / "history" / "bad" / "00.db").write_bytes(b"x")
    capture = scan(root)
    assert "put it aside as tkl.db.corrupt" in told(capture)["corrupt"]
    assert "1 channel histories aside" in told(capture)["history-bad"]
    assert "tkl.db.corrupt" in paths(capture)


def test_unfinished_saves_of_before_are_failed_ones(root: Path) -> None:
    """A full disk leaves one of them at each attempt, under another name each."""
    for number in range(3):
        path = root / f"channel.db.{number:032x}.tmp"
        path.write_bytes(b"")
        age(path, 90 + number)
    assert "3 unfinished saves" in told(scan(root))["failed-saves"]


@pytest.mark.parametrize(("name", "seconds"), [("tkl.db", 601), ("channel.db", 601), ("reputation.db", 1805)])
def test_one_that_is_saved_no_more_is_told(root: Path, name: str, seconds: int) -> None:
    age(root / name, seconds - 2)
    assert "old" not in told(scan(root))
    age(root / name, seconds)
    assert told(scan(root))["old"].startswith(f"{name} was saved at ")


def test_with_its_secret_an_encrypted_history_is_counted(root: Path, tmp_path: Path) -> None:
    shutil.rmtree(root / "history")
    (root / "history").mkdir()
    (root / "history" / "master.db").write_bytes(unrealdb.encrypted(unrealdb.master()))
    history = root / unrealdb.history_path(b"#a")
    history.write_bytes(unrealdb.encrypted(unrealdb.history(b"#a", [b":bob PRIVMSG #a :hello"] * 3)))
    (tmp_path / "secret").write_text(unrealdb.SECRET)
    (tmp_path / "secret").chmod(0o600)
    opener = UnrealdbOpener([Secret(file=str(tmp_path / "secret"))])
    capture = scan(root, opener)
    assert capture.counts["lines"] == 3
    assert not capture.findings
    history.write_bytes(unrealdb.encrypted(unrealdb.history(b"#a", [], before=b"other")))
    assert list(told(scan(root, opener))) == ["other-master"]
    history.write_bytes(unrealdb.encrypted(unrealdb.history(b"#a", []), "another secret"))
    assert "no configured secret opens it" in told(scan(root, opener))["not-judged"]


def test_one_that_cannot_be_read_is_not_called_damaged(root: Path) -> None:
    target = root / "elsewhere"
    (root / "whowas.db").rename(target)
    (root / "whowas.db").symlink_to(target)
    capture = scan(root)
    assert "truncated" not in told(capture)
