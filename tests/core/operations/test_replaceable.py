"""Whether a restore could write is found out without writing."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.errors import StorageFull, StorageUnavailable
from core.operations.replaceable import hindrances, must_be_replaceable
from tests.core.operations.world import World
from tests.machine import open_folder, small_disk, unprivileged


def test_nothing_is_left_and_nothing_changed(lost: World) -> None:
    """It is a question, and may be asked while services run."""
    before, names = lost.database.stat(), sorted(lost.database.parent.iterdir())
    must_be_replaceable(lost.engine.site)
    assert sorted(lost.database.parent.iterdir()) == names
    assert lost.database.stat() == before
    assert lost.engine.hindrances() == ()


def test_a_folder_that_is_closed_to_us_is_told(lost: World) -> None:
    """With the uid that needs the right, as for every write."""
    with open_folder() as folder:
        site = replace(lost.engine.site, database=folder / "services.db")
        site.database.write_text("rows")
        folder.chmod(0o555)
        with unprivileged():
            with pytest.raises(StorageUnavailable, match="cannot be written: Permission denied"):
                must_be_replaceable(site)
            assert "a restore of services would fail" in hindrances([site])[0]
        folder.chmod(0o755)


def test_a_disk_without_room_for_a_file_is_told(lost: World, tmp_path: Path) -> None:
    """No name is left in it."""
    folder = tmp_path / "small"
    folder.mkdir()
    with small_disk(folder, "size=64k", "nr_inodes=2"):
        site = replace(lost.engine.site, database=folder / "services.db")
        site.database.write_text("rows")
        with pytest.raises(StorageFull):
            must_be_replaceable(site)


def test_a_database_that_is_gone_may_come_back(lost: World, tmp_path: Path) -> None:
    """Where its folder is gone too, the nearest one that is there decides."""
    must_be_replaceable(replace(lost.engine.site, database=tmp_path / "gone" / "deeper" / "services.db"))
    assert not (tmp_path / "gone").exists()
