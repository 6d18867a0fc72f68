"""Images without a registry: tars of this machine's own programs with the libraries that they need."""

import io
import re
import subprocess
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.lab.network import MODULES
from tests.lab.real import find_program

BUSYBOX = "lab-busybox:1"
IRC = "lab-irc:1"
_APPLETS = ("sh", "sleep", "kill", "cat", "echo", "touch", "rm", "true", "false", "seq", "env", "ls", "cp", "mv", "nc")
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")


def busybox_image() -> bytes:
    """A shell and a few tools: one megabyte."""
    return _image([_path("busybox")])


def irc_image() -> bytes:
    """InspIRCd and Atheme with all their modules, beside the shell."""
    programs = [_path(name) for name in ("busybox", "inspircd", "atheme-services")]
    folders = [Path("/usr/lib/inspircd"), MODULES.parent, Path("/usr/share/atheme")]
    modules = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return _image(programs, [*modules, *map(Path, ("/etc/passwd", "/etc/group", "/etc/nsswitch.conf"))])


def _path(name: str) -> Path:
    return Path(find_program(name) or name)


def _image(programs: Sequence[Path], files: Sequence[Path] = ()) -> bytes:
    """Everything at the path that it has here; the applets of the first program in /bin."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", dereference=True) as archive:
        for name in ("bin", "tmp", "data", "var/empty", "etc"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            archive.addfile(entry)
        for path in sorted({*programs, *files, *_libraries([*programs, *(f for f in files if f.suffix == ".so")])}):
            archive.add(path, arcname=str(path))
        for applet in _APPLETS:
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, str(programs[0])
            archive.addfile(entry)
    return content.getvalue()


def _libraries(programs: Iterable[Path]) -> set[Path]:
    words = [find_program("ldd") or "ldd", *map(str, programs)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # a static program is no error to us
    return {Path(found) for found in _LIBRARY.findall(done.stdout)}
