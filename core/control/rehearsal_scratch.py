"""A private folder in which the real program may load and save: the database, and a harmless configuration."""

import fcntl
import os
import pwd
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.disk import read_whole
from core.domain.errors import ControlFailed

_PREFIX = "backupserv-rehearsal-"
_LONG_AGO = 3600.0  # seconds: no rehearsal takes so long
_JUST_NOW = 1.0  # second: within it a folder may have been made and not be held yet; no start of ours is quicker
_PLACED_AT = 0.0  # nothing that is saved is so old: what was not saved at all is told from what was saved unchanged
_LIMIT = 4 << 20  # bytes of one configuration file
_DEPTH = 4  # of files that include each other
_FILES = 32
# What Atheme's parser sees (libmowgli, config_file.c): comments, values, and what ends an entry or opens a block.
_TOKEN = re.compile(
    r'/\*.*?\*/|(?:#|//)[^\r\n]*|"(?P<quoted>(?:\\.|[^"\\\r\n])*)"|(?P<bare>[^ \t\r\n=/#;{}"][^ \t\r\n/#;{}]*)|.',
    re.DOTALL,
)
_ESCAPED = re.compile(r'\\(["\\])')


@contextmanager
def scratch_folder(
    content: bytes,
    config: Path,
    owner: pwd.struct_passwd | None,
    *,
    work: Path | None = None,
    more: Callable[[str, Path], str] = lambda text, folder: "",  # noqa: ARG005 — nothing more
) -> Iterator[Path]:
    """`services.db` and `atheme.conf` in a folder that only `owner` (None: we) can enter; gone afterwards.

    The program's log goes to `everything.log` there, whatever the configuration says; `more` gives what else is to
    stand in it, after its text. In `work` where we are the owner (nobody else could enter there), else in TMPDIR.

    Raises:
        SourceUnreadable: the configuration cannot be read.
        ControlFailed: the folder cannot be made or filled.
    """
    sweep_scratch(owner)
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=work if owner is None else None))
    except OSError as error:
        raise _no_room(error) from None
    held = _hold(folder)
    try:
        try:
            _fill(folder, content, config, owner, more)
        except OSError as error:
            raise _no_room(error) from None
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


def _no_room(error: OSError) -> ControlFailed:
    return ControlFailed(
        f"the rehearsal finds no room in {tempfile.gettempdir()}: {error.strerror}",
        hint="free space there, or point TMPDIR elsewhere",
    )


def _fill(
    folder: Path, content: bytes, config: Path, owner: pwd.struct_passwd | None, more: Callable[[str, Path], str]
) -> None:
    _ConfigCopy(folder).copy(config, folder / "atheme.conf")
    with (folder / "atheme.conf").open("a") as file:
        file.write(f'\nlogfile "{folder}/everything.log" {{ error; info; }};\n')
        file.write(more((folder / "atheme.conf").read_text("utf-8", "surrogateescape"), folder))
    (folder / "services.db").write_bytes(content)
    os.utime(folder / "services.db", (_PLACED_AT, _PLACED_AT))
    for path in (*folder.iterdir(), folder):  # the folder last: who may enter it may lay links into it
        path.chmod(0o700 if path == folder else 0o600)
        if owner is not None:
            os.chown(path, owner.pw_uid, owner.pw_gid)


@contextmanager
def output_in(folder: Path) -> Iterator[int]:
    """Where the program says what it says. Never through a link: the folder is its user's by now.

    Raises:
        ControlFailed: something lies there, or there is no room.
    """
    try:
        descriptor = os.open(folder / "said", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ControlFailed(f"{folder / 'said'} cannot be written: {error.strerror}") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def saved_back(folder: Path, given: bytes) -> tuple[bytes, float]:
    """What the program saved there, and when, in seconds since 1970.

    Raises:
        SourceUnreadable: it cannot be read.
        ControlFailed: it saved nothing: what lies there is what was given.
    """
    saved, status = read_whole(folder / "services.db", limit=2 * len(given) + (1 << 20))
    if status.st_mtime == _PLACED_AT:
        raise ControlFailed(
            "the program ended and had saved nothing: that proves nothing",
            hint="is there room in TMPDIR? Is rehearsal.binary the program itself?",
        )
    return saved, status.st_mtime


def sweep_scratch(owner: pwd.struct_passwd | None) -> int:
    """Take away what a rehearsal left behind that was killed: it holds a whole database. Returns how much it was.

    Whoever lives holds its folder; the kernel lets go of it when he dies.
    """
    owners, swept = {os.geteuid(), owner.pw_uid if owner is not None else os.geteuid()}, 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            age = time.time() - status.st_mtime
            old = age > _LONG_AGO or (age > _JUST_NOW and _is_left(folder))
            if old and stat.S_ISDIR(status.st_mode) and status.st_uid in owners:
                shutil.rmtree(folder, ignore_errors=True)
                swept += 1
    return swept


def _hold(folder: Path) -> int | None:
    """An open folder that nobody else can hold; None where the file system knows no such thing."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _is_left(folder: Path) -> bool:
    held = _hold(folder)
    if held is None:
        return False
    os.close(held)
    return True


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
        copied = "".join(self._pieces(text, source, depth))
        target.write_bytes(copied.encode("utf-8", "surrogateescape"))

    def _pieces(self, text: str, source: Path, depth: int) -> Iterator[str]:
        """An entry is a name, perhaps a value, and what follows it; names are the same in capitals."""
        values: list[str] = []  # of the entry that is being read
        level = 0  # of blocks within each other
        for found in _TOKEN.finditer(text):
            if (value := found["bare"] or found["quoted"]) is not None:
                values.append(value)
                yield self._harmless(values, level, source, depth) or found[0]
                continue
            if found[0] in {";", "{", "}"}:
                level += (found[0] == "{") - (found[0] == "}")
                values.clear()
            yield found[0]

    def _harmless(self, values: list[str], level: int, source: Path, depth: int) -> str:
        """What stands in the place of the value that was read last; "" where it may stay."""
        name = values[0].lower()
        if len(values) != 2 or level or name not in {"logfile", "include"}:  # noqa: PLR2004 — a name and its value
            return ""
        if name == "logfile":
            return f'"{self._folder}/other.log"'
        target = self._folder / f"included-{self._files}.conf"
        # A relative name is relative to the folder of the main file (Atheme's SYSCONFDIR).
        self.copy(source.parent / _ESCAPED.sub(r"\1", values[1]), target, depth + 1)
        return f'"{target}"'
