"""A spool is private, and gone whatever happens."""

import fcntl
import os
from pathlib import Path

import pytest

from core.disk import sweep_temporaries
from core.domain.errors import StorageUnavailable
from core.spool import spool


def test_a_spool_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with spool(tmp_path, "logs") as file:
        file.write(b"x")
        file.seek(0)
        assert file.read() == b"x"
        assert os.fstat(file.fileno()).st_mode & 0o777 == 0o600
    assert not list(tmp_path.iterdir())


def test_a_spool_is_gone_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), spool(tmp_path, "logs"):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_a_spool_in_use_is_not_swept_and_one_of_the_dead_is(tmp_path: Path) -> None:
    with spool(tmp_path, "logs") as file:
        assert not sweep_temporaries(tmp_path)
        fcntl.flock(file, fcntl.LOCK_UN)  # what the kernel does for the dead
        assert len(sweep_temporaries(tmp_path)) == 1


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="is missing"), spool(tmp_path / "gone", "logs"):
        pass
