"""What every replica promises, wherever it lies. Subclasses provide `replica`, not yet there, and its `path`."""

import os
import stat
from pathlib import Path

import pytest

from core.domain.errors import ObjectNotFound, StorageUnavailable
from core.replica_port import Replica

LIMIT = 1 << 24


def names(path: Path) -> list[str]:
    return sorted(item.name for item in path.parent.iterdir())


class ReplicaContract:
    """One file that is replaced whole or not at all, with the one before it beside it."""

    def test_it_comes_back_as_it_was_put(self, replica: Replica, path: Path) -> None:
        """Large, small and empty; for its owner alone, whatever the mask of modes says."""
        before = os.umask(0)
        try:
            for content in (bytes(range(256)) * 8192, b"x", b""):
                replica.put(content)
                assert replica.read(limit=LIMIT) == content == path.read_bytes()
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
        finally:
            os.umask(before)

    def test_one_earlier_file_is_kept_and_no_more(self, replica: Replica, path: Path) -> None:
        """The first has none before it."""
        replica.put(b"one")
        assert names(path) == [path.name]
        replica.put(b"two")
        replica.put(b"three")
        assert names(path) == [path.name, f"{path.name}.previous"]
        assert path.with_name(f"{path.name}.previous").read_bytes() == b"two"

    def test_who_reads_meanwhile_keeps_what_he_opened(self, replica: Replica, path: Path) -> None:
        """The file is replaced, never written into."""
        replica.put(b"one")
        with path.open("rb") as file:
            replica.put(b"two, longer")
            assert file.read() == b"one"

    def test_a_mark_tells_whether_it_was_written_again(self, replica: Replica, path: Path) -> None:
        """Also by somebody else; where nothing is, there is none."""
        assert replica.mark() == ""
        replica.put(b"one")
        mark = replica.mark()
        assert mark
        assert replica.mark() == mark
        path.write_bytes(b"other")
        assert replica.mark() != mark

    def test_what_is_not_there_is_not_found(self, replica: Replica) -> None:
        """Which is no trouble with the place."""
        with pytest.raises(ObjectNotFound, match="does not exist"):
            replica.read(limit=LIMIT)

    def test_a_folder_that_is_missing_is_not_made(self, replica: Replica, path: Path) -> None:
        """It may be a disk that is not mounted."""
        path.parent.rmdir()
        for attempt in (lambda: replica.put(b"x"), replica.probe):
            with pytest.raises(StorageUnavailable, match=str(path.parent)):
                attempt()
        assert not path.parent.exists()

    def test_a_link_or_a_folder_in_its_place_is_refused(self, replica: Replica, path: Path, tmp_path: Path) -> None:
        """Neither read nor written through."""
        target = tmp_path / "target"
        target.write_bytes(b"somebody else's")
        path.symlink_to(target)
        for _ in range(2):
            for attempt in (lambda: replica.put(b"x"), lambda: replica.read(limit=LIMIT), replica.mark, replica.probe):
                with pytest.raises(StorageUnavailable, match=r"symbolic link|not a file"):
                    attempt()
            path.unlink() if path.is_symlink() else path.rmdir()
            path.mkdir()
        assert target.read_bytes() == b"somebody else's"

    def test_too_large_is_not_read(self, replica: Replica) -> None:
        """Nobody asked for that much memory."""
        replica.put(b"x" * 1000)
        with pytest.raises(StorageUnavailable, match="larger than 999 bytes"):
            replica.read(limit=999)

    def test_what_a_killed_run_left_is_swept_by_the_next(self, replica: Replica, path: Path) -> None:
        """Half a file under a temporary name."""
        replica.put(b"one")
        for mark in ("0123456789ab", "ba9876543210"):
            path.with_name(f".{path.name}.{mark}.tmp").write_bytes(b"half")
        self.leave_half(path)
        replica.sweep()
        assert [name for name in names(path) if name in self.swept(path)] == []
        self.leave_half(path)
        replica.put(b"two")
        assert replica.read(limit=LIMIT) == b"two"
        assert [name for name in names(path) if name in self.swept(path)] == []

    def leave_half(self, path: Path) -> None:
        """What this kind of replica leaves when it is killed, beside what is there already."""

    def swept(self, path: Path) -> set[str]:
        return {f".{path.name}.0123456789ab.tmp", f".{path.name}.ba9876543210.tmp"}

    def test_a_probe_leaves_nothing_and_touches_nothing(self, replica: Replica, path: Path) -> None:
        """Before the first file and after it."""
        assert "written and read back" in replica.probe()
        assert names(path) == []
        replica.put(b"one")
        assert "written and read back" in replica.probe()
        assert names(path) == [path.name]
        assert path.read_bytes() == b"one"

    def test_it_works_again_after_it_was_closed(self, replica: Replica) -> None:
        """The next call makes the connection that it needs."""
        replica.put(b"one")
        replica.close()
        assert replica.read(limit=LIMIT) == b"one"
        replica.close()
        replica.close()
