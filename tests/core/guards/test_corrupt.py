"""What a cut save leaves, and what UnrealIRCd puts aside, is told; a save that is just being written is not."""

import os
from pathlib import Path

import pytest

from core.domain.errors import SourceUnreadable
from core.domain.notice import Trouble
from core.guards.corrupt import Database, Folder, look_at_leftovers
from tests.fakes import FakeClock


def look(folder: Path, clock: FakeClock) -> list[Trouble]:
    databases, folders = [Database(name="services", file=folder / "services.db")], [Folder(name="ircd", path=folder)]
    return list(look_at_leftovers(databases, folders, clock))


@pytest.fixture
def clock(tmp_path: Path) -> FakeClock:
    clock = FakeClock()
    (tmp_path / "services.db").write_bytes(b"x" * 100)
    return clock


def test_an_empty_database_in_the_place_of_a_good_one_is_an_emergency(tmp_path: Path, clock: FakeClock) -> None:
    """Atheme renames what it could not write: facts/atheme.md."""
    assert not look(tmp_path, clock)
    (tmp_path / "services.db").write_bytes(b"")
    (trouble,) = look(tmp_path, clock)
    assert (trouble.cause, trouble.gravity, trouble.freezes) == ("corrupt/services", "emergency", True)
    assert "do not restart" in trouble.detail.lower()


@pytest.mark.parametrize(("size", "gravity"), [(50, "warning"), (101, "error")])
def test_a_save_that_was_cut_short_is_told_and_one_at_work_is_not(
    tmp_path: Path, clock: FakeClock, size: int, gravity: str
) -> None:
    new = tmp_path / "services.db.new"
    new.write_bytes(b"y" * size)
    os.utime(new, (clock.now().timestamp(),) * 2)
    assert not look(tmp_path, clock)
    clock.advance(7200)
    (trouble,) = look(tmp_path, clock)
    assert (trouble.cause, trouble.gravity) == ("corrupt/services.new", gravity)
    assert "was left over 2h ago" in trouble.title
    assert ("the next save would end in it" in trouble.detail) == (gravity == "error")
    assert trouble.suggestion == "rm services.db.new"


def test_what_unrealircd_put_aside_is_named(tmp_path: Path, clock: FakeClock) -> None:
    for name in ("tkl.db.corrupt", "channel.db.corrupt", *(f"x{number}.db.corrupt" for number in range(4))):
        (tmp_path / name).touch()
    (trouble,) = look(tmp_path, clock)
    assert (trouble.cause, trouble.gravity) == ("corrupt/ircd", "error")
    assert trouble.title.endswith(
        "put aside channel.db.corrupt, tkl.db.corrupt, x0.db.corrupt, x1.db.corrupt and 2 more"
    )
    assert trouble.suggestion == "!restore ircd"


def test_a_folder_that_cannot_be_looked_at_is_not_called_well(tmp_path: Path, clock: FakeClock) -> None:
    assert not look(tmp_path / "missing", clock), "the backup tells that there is none"
    with pytest.raises(SourceUnreadable):
        look(tmp_path / "services.db", clock)
