"""Trees that live while they are saved: appends, rotations, files that vanish and that grow; none of it is fatal."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.config import load
from bot.wiring import build_engine
from tests.faults.premises import Premises, Quiet

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

LOG_MEGABYTES = int(os.environ.get("BACKUPSERV_LOG_MEGABYTES", "8"))
LINE = b"[12:00:00] <alice> a line of a channel's log that nobody will ever read again, number %09d\n"
LOGS = '[sources.logs]\nkind = "files"\nfolder = "logs"\nroot = "{root}"\npaths = ["."]\n'


class Meddling(Quiet):
    """Somebody works on the configuration right when it has been looked at and is about to be packed."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree

    def step(self, text: str) -> None:
        if text == "packing config":
            (self._tree / "conf3" / "7.conf").unlink(missing_ok=True)
            with (self._tree / "conf4" / "7.conf").open("a") as file:
                file.write("one line more\n" * 1000)


@contextmanager
def written(folder: Path) -> Iterator[None]:
    """A program that appends to its log all the time, and turns it over."""
    ended = threading.Event()

    def write() -> None:
        number = 0
        while not ended.is_set():
            with (folder / "channel.log").open("ab") as file:
                for _ in range(50):
                    file.write(LINE % number)
                    file.flush()
                    number += 1
            ended.wait(0.01)
            (folder / "channel.log.1").replace(folder / "channel.log.2")
            (folder / "channel.log").replace(folder / "channel.log.1")

    (folder / "channel.log").write_bytes(b"")
    (folder / "channel.log.1").write_bytes(b"")
    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(20)


def lay_out(premises: Premises, logs: Path) -> None:
    for number in range(5000):
        path = premises.tree / f"conf{number % 20}" / f"{number // 20}.conf"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"block {number} {{ port {number}; }}\n" * 3)
    (premises.tree / "link.conf").symlink_to("conf1/1.conf")
    os.link(premises.tree / "conf1" / "1.conf", premises.tree / "same.conf")
    (premises.tree / "conf2" / "1.conf").chmod(0o640)
    os.setxattr(premises.tree / "conf2" / "1.conf", "user.note", b"kept")
    if os.geteuid() == 0:
        os.chown(premises.tree / "conf2" / "1.conf", 65534, 65534)
    logs.mkdir()
    with (logs / "huge.log").open("wb") as file:
        for start in range(0, LOG_MEGABYTES << 20, 1 << 20):
            file.write(b"".join(LINE % (start + number) for number in range((1 << 20) // 92)))
    with (logs / "sparse.bin").open("wb") as file:
        file.truncate(64 << 20)
        file.seek(32 << 20)
        file.write(b"an island")


def test_five_thousand_files_and_logs_that_are_written_meanwhile(tmp_path: Path) -> None:
    """Two runs; what vanished is a warning, all is proven to the last byte, and comes back as it was."""
    logs = tmp_path / "logs"
    premises = Premises(tmp_path / "w", copy=False, policy=LOGS.format(root=logs))
    lay_out(premises, logs)
    meddling = Meddling(premises.tree)
    with written(logs):
        first = premises.engine().back_up(reason="test", progress=meddling)
        reports = [*first]
        with (logs / "huge.log").open("ab") as file:
            file.write(LINE % 7)
        reports += premises.engine().back_up(reason="test", progress=meddling)
    told = " ".join(str(finding) for report in first for finding in report.warnings)
    assert "conf3/7.conf" in told
    assert {report.snapshot.source for report in reports} == {"services", "config", "logs"}
    engine = build_engine(load(premises.config))
    for report in engine.verify_all(level=3, progress=Quiet()):
        assert report.verdict == "proven", report
    for source, root in (("config", premises.tree), ("logs", logs)):
        engine.extract("latest", tmp_path / "back", source=source, progress=Quiet())
        _must_be_the_same(root, tmp_path / "back" / source)
    _must_be_lines(tmp_path / "back" / "logs")
    assert (tmp_path / "back" / "logs" / "sparse.bin").stat().st_blocks * 512 < 1 << 20


def _must_be_the_same(root: Path, back: Path) -> None:
    for path in root.rglob("*"):
        there = back / path.relative_to(root)
        if "channel.log" in path.name:
            continue
        assert there.is_symlink() == path.is_symlink(), path
        if path.is_symlink():
            assert there.readlink() == path.readlink()
            continue
        assert there.stat().st_mode == path.stat().st_mode, path
        assert (there.stat().st_uid, there.stat().st_nlink > 1) == (path.stat().st_uid, path.stat().st_nlink > 1), path
        assert os.listxattr(there) == os.listxattr(path)
        if path.is_file():
            assert there.read_bytes() == path.read_bytes() or path.stat().st_size > there.stat().st_size, path


def _must_be_lines(logs: Path) -> None:
    """Whatever moment of it was taken, it is one: lines in order, none missing in the middle; the last may be cut."""
    for path in logs.glob("channel.log*"):
        numbers = [int(line[-9:]) for line in path.read_bytes().split(b"\n")[:-1]]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True, path
