"""What somebody does to a tree between its snapshot and its restore."""

import shutil
from collections.abc import Callable
from pathlib import Path


def spoil(root: Path) -> None:
    """Somebody works on the tree: changes, removes, adds."""
    (root / "main.conf").write_text("name b\n")
    (root / "main.conf").chmod(0o600)
    (root / "conf.d" / "opers.conf").unlink()
    (root / "conf.d" / "motd").unlink()
    (root / "conf.d" / "motd").write_text("bye\n")
    (root / "current").unlink()
    (root / "current").symlink_to("main.conf")
    (root / "empty").chmod(0o755)
    (root / "new.conf").write_text("new\n")
    (root / "conf.d" / "deep").mkdir()
    (root / "conf.d" / "deep" / "er").write_text("x")


def replant(root: Path, plant: Callable[[Path], None]) -> None:
    """The tree as it was at first."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    plant(root)
