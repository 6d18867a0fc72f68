"""A private folder in which the real program may load and save: the database, and a harmless configuration."""

import os
import pwd
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.disk import read_whole
from core.domain.errors import ControlFailed

_PREFIX = "backupserv-rehearsal-"
_LONG_AGO = 3600.0  # seconds: no rehearsal takes so long
_LIMIT = 4 << 20  # bytes of one configuration file
_DEPTH = 4  # of files that include each other
_FILES = 32
_LOGFILE = re.compile(r'(\blogfile\s+)("[^"\n]*"|[^\s"{};]+)')
_INCLUDE = re.compile(r'^([ \t]*include[ \t]+)(?:"([^"\n]+)"|([^\s"{};]+))', re.MULTILINE)


@contextmanager
def scratch_folder(content: bytes, config: Path, owner: pwd.struct_passwd | None) -> Iterator[Path]:
    """`services.db` and `atheme.conf` in a folder that only `owner` (None: we) can enter; gone afterwards.

    The program's log goes to `everything.log` there, whatever the configuration says.

    Raises:
        SourceUnreadable: the configuration cannot be read.
        ControlFailed: the folder cannot be made or filled.
    """
    _sweep({os.geteuid(), owner.pw_uid if owner is not None else os.geteuid()})
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    except OSError as error:
        raise _no_room(error) from None
    try:
        try:
            _fill(folder, content, config, owner)
        except OSError as error:
            raise _no_room(error) from None
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _no_room(error: OSError) -> ControlFailed:
    return ControlFailed(
        f"the rehearsal finds no room in {tempfile.gettempdir()}: {error.strerror}",
        hint="free space there, or point TMPDIR elsewhere",
    )


def _fill(folder: Path, content: bytes, config: Path, owner: pwd.struct_passwd | None) -> None:
    _ConfigCopy(folder).copy(config, folder / "atheme.conf")
    with (folder / "atheme.conf").open("a") as file:
        file.write(f'\nlogfile "{folder}/everything.log" {{ error; info; }};\n')
    (folder / "services.db").write_bytes(content)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o700 if path == folder else 0o600)
        if owner is not None:
            os.chown(path, owner.pw_uid, owner.pw_gid)


def _sweep(owners: set[int]) -> None:
    """Take away what a rehearsal left behind that was killed: it holds a whole database."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            old = time.time() - status.st_mtime > _LONG_AGO
            if old and stat.S_ISDIR(status.st_mode) and status.st_uid in owners:
                shutil.rmtree(folder, ignore_errors=True)


class _ConfigCopy:
    """Copies a configuration and what it includes, and turns every log file away from the real ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = 0

    def copy(self, source: Path, target: Path, depth: int = 0) -> None:
        self._files += 1
        if depth > _DEPTH or self._files > _FILES:
            raise ControlFailed(f"{source} is included too deeply to be copied for a rehearsal")
        text = read_whole(source, limit=_LIMIT)[0].decode("utf-8", "surrogateescape")
        text = _LOGFILE.sub(rf'\g<1>"{self._folder}/other.log"', text)
        text = _INCLUDE.sub(lambda found: self._included(found, source, depth), text)
        target.write_bytes(text.encode("utf-8", "surrogateescape"))

    def _included(self, found: re.Match[str], source: Path, depth: int) -> str:
        target = self._folder / f"included-{self._files}.conf"
        # A relative name is relative to the folder of the main file (Atheme's SYSCONFDIR).
        self.copy(source.parent / (found[2] or found[3]), target, depth + 1)
        return f'{found[1]}"{target}"'
