"""A tree and its chain of snapshots."""

from pathlib import Path

import pytest

from tests.core.repository.tree.forest import Chain


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two logs, a folder, a link."""
    root = tmp_path / "tree"
    (root / "log").mkdir(parents=True)
    (root / "log/access.log").write_bytes(b"".join(b"%08d a line of a log\n" % n for n in range(10_000)))
    (root / "log/error.log").write_bytes(b"".join(b"%08d an error\n" % n for n in range(5_000)))
    (root / "small.conf").write_bytes(b"x = 1\n")
    (root / "link").symlink_to("log/access.log")
    return root


@pytest.fixture
def chain(tree: Path) -> Chain:
    """With a full of it."""
    made = Chain(tree)
    made.add()
    return made
