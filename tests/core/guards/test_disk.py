"""A disk is called too full before the save that it would swallow."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.domain.errors import StorageUnavailable
from core.guards.disk import Place, look_at_disks


def _free(monkeypatch: pytest.MonkeyPatch, free: int, inodes: int = 1000) -> None:
    status = SimpleNamespace(f_bavail=free, f_frsize=1, f_files=1000, f_favail=inodes)
    monkeypatch.setattr(os, "statvfs", lambda _: status)


@pytest.mark.parametrize(
    ("free", "inodes", "gravity"),
    [(500_000_000, 9, None), (60_000_000, 9, "error"), (900, 9, "emergency"), (500_000_000, 0, "emergency")],
)
def test_what_is_free_is_held_against_what_the_next_saves_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, inodes: int, gravity: str | None
) -> None:
    database = tmp_path / "services.db"
    database.write_bytes(b"x" * 1000)
    _free(monkeypatch, free, inodes)
    found = list(look_at_disks((Place(name="services", folder=tmp_path, file=database, cause="disk/services"),)))
    assert [trouble.gravity for trouble in found] == ([gravity] if gravity else [])


def test_a_folder_that_is_still_to_be_made_is_looked_at_where_it_will_be(tmp_path: Path) -> None:
    place = Place(name="storage disk", folder=tmp_path / "not" / "yet", cause="disk/disk")
    assert list(look_at_disks((place,))) == []


def test_a_folder_that_cannot_be_looked_at_is_named_and_hides_no_other_that_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _free(monkeypatch, 0)
    strange = Place(name="storage nas", folder=tmp_path / ("n" * 300), cause="disk/nas")
    found = look_at_disks((strange, Place(name="services", folder=tmp_path, cause="disk/services")))
    assert next(found).cause == "disk/services"
    with pytest.raises(StorageUnavailable, match="nnn cannot be looked at: File name too long"):
        next(found)
