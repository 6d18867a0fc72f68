"""Several processes at once, and a disk that is full or refuses: the chain stays whole, nothing is lost silently."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.domain.errors import StorageFull, StorageUnavailable
from core.journal.about import be_about
from core.journal.file import FileJournal
from tests.core.journal.trail import Trail
from tests.machine import small_disk

_WRITER = """
import sys
from pathlib import Path
from core.clock import SystemClock
from core.journal.file import FileJournal
journal = FileJournal(Path(sys.argv[1]), clock=SystemClock())
for number in range(int(sys.argv[3])):
    journal.record("written", by=sys.argv[2], number=number)
"""


def test_writers_in_several_processes_make_one_chain(tmp_path: Path) -> None:
    """In whatever order: each line is there once, in the order of its writer; the first makes the file."""
    trail = Trail(tmp_path)
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(trail.path), name, "60"], cwd=Path(__file__).parents[3])
        for name in ("bot", "cli", "cron", "drill")
    ]
    aside = 0
    while any(writer.poll() is None for writer in writers):
        if trail.path.exists() and trail.path.stat().st_size > 20_000 and aside < 1:
            aside += 1
            trail.path.rename(tmp_path / "audit.jsonl.1")  # as logrotate does, whoever is at work
    assert [writer.wait() for writer in writers] == [0] * 4
    assert trail.verdict().ok
    assert trail.verdict().head.lines == 4 * 60
    for name in ("bot", "cli", "cron", "drill"):
        assert [entry.fields["number"] for entry in trail.told(by=name)] == list(range(60))


def test_a_full_disk_is_told_and_leaves_no_half_line(tmp_path: Path) -> None:
    """What was written stays; the chain goes on when there is space again."""
    with small_disk(tmp_path, "size=64k") as disk:
        trail = Trail(disk, 3)
        before = trail.path.read_bytes()
        (disk / "filler").write_bytes(b"x" * (60 << 10))
        with pytest.raises(StorageFull, match=r"audit\.jsonl"):
            trail.journal.record("big", **{f"field{number}": "x" * 400 for number in range(30)})
        assert trail.path.read_bytes() == before
        (disk / "filler").unlink()
        trail.write(4)
        assert trail.verdict().ok
        assert trail.verdict().head.lines == 4


def test_who_holds_the_file_for_long_is_told_and_keeps_nobody_for_ever(tmp_path: Path) -> None:
    """A process that was stopped in the middle: an error after ten seconds, and none when it has let go."""
    trail = Trail(tmp_path, 1)
    with trail.path.open("rb") as stopped:
        fcntl.flock(stopped, fcntl.LOCK_EX)
        with pytest.raises(StorageUnavailable, match=r"has held .* for 10 seconds"):
            trail.write(2)
    trail.write(2)
    assert trail.verdict().head.lines == 2


def test_all_that_is_written_about_one_request_bears_its_id(tmp_path: Path) -> None:
    """By whichever part it is written; a field of the line itself wins."""
    trail = Trail(tmp_path)
    be_about(request="7Q2F9K", user="root")
    try:
        trail.journal.record("prune", by="alice")
        trail.journal.record("prune done", user="carol")
    finally:
        be_about(request=None, user=None)
    assert [dict(entry.fields) for entry in trail.told()] == [
        {"request": "7Q2F9K", "user": "root", "by": "alice"},
        {"request": "7Q2F9K", "user": "carol"},
    ]


def test_a_trail_of_any_size_is_checked_in_bounded_memory(tmp_path: Path) -> None:
    """A line of 40 MB, which is nobody's, costs no 40 MB."""
    trail = Trail(tmp_path, 2)
    with trail.path.open("ab") as file:
        for _ in range(40):
            file.write(b"x" * (1 << 20))
    words = [sys.executable, "-c", _CHECK, str(trail.path)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=Path(__file__).parents[3], check=True)
    assert done.stdout == "3 torn\n"
    FileJournal(trail.path, clock=SystemClock()).record("next")
    assert trail.verdict().ok


_CHECK = """
import resource, sys
from pathlib import Path
from core.clock import SystemClock
from core.journal.file import FileJournal
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
fault = FileJournal(Path(sys.argv[1]), clock=SystemClock()).verify().fault
assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < 8 << 10
print(fault.line, fault.wrong)
"""
