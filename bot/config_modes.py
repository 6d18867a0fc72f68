"""What says who is obeyed, and which commands are run, must not be written by everybody on this host."""

import os
import stat
from pathlib import Path

from core.domain.errors import ConfigInvalid


def must_not_be_anybodys(path: Path, descriptor: int) -> None:
    """Look at an open configuration and its folder.

    Raises:
        ConfigInvalid: it can be written, or replaced.
    """
    if os.fstat(descriptor).st_mode & stat.S_IWOTH:
        raise _anybodys("write", path, path)
    folder = path.resolve().parent
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise _anybodys("replace", path, folder)


def _anybodys(what: str, path: Path, cause: Path) -> ConfigInvalid:
    return ConfigInvalid(
        f"everybody on this host can {what} {path}, which says who is obeyed",
        hint=f"look at what stands there, then: chmod o-w {cause}",
    )
