"""Images without a registry: tars of this machine's own programs with the libraries that they need."""

import io
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tests.lab.network import MODULES
from tests.lab.real import find_program

BUSYBOX = "lab-busybox:1"
IRC = "lab-irc:1"
PYTHON = "lab-python:1"
_APPLETS = ("sh", "sleep", "kill", "cat", "echo", "touch", "rm", "true", "false", "seq", "env", "ls", "cp", "mv", "nc")
_LIBRARY = re.compile(rb"lib[\w.+-]+\.so[.\d]*|ld-linux[\w-]+\.so[.\d]*")


def busybox_image() -> bytes:
    """A shell and a few tools: one megabyte."""
    return _image([_path("busybox")])


def irc_image() -> bytes:
    """InspIRCd and Atheme with all their modules, beside the shell."""
    programs = [_path(name) for name in ("busybox", "inspircd", "atheme-services")]
    folders = [Path("/usr/lib/inspircd"), MODULES.parent, Path("/usr/share/atheme")]
    modules = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    known = map(Path, ("/etc/passwd", "/etc/group", "/etc/nsswitch.conf"))
    return _image(programs, [*modules, *known])


def python_image() -> bytes:
    """This Python in /usr/local, with the libraries that running takes, in the versions that are pinned."""
    standard, packages = Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))
    python = Path(sys.executable).resolve()
    place = Path("/usr/local/lib") / standard.name
    running = [path for path in _running_packages() if path.is_relative_to(packages) and path.is_file()]
    return _image(
        [_path("busybox"), python],
        [*_standard_library(standard), *running],
        moved={packages: place / "site-packages", standard: place, python: Path("/usr/local/bin") / python.name},
        links={"usr/local/bin/python": python.name},
    )


def _standard_library(folder: Path) -> Iterator[Path]:
    left_out = {"site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3"}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in left_out and not name.startswith("config-")]
        yield from (Path(place, name) for name in names if name != "EXTERNALLY-MANAGED")


def _running_packages() -> Iterator[Path]:
    lock = (Path(__file__).parents[3] / "requirements.lock").read_text()
    for name in ["pip", *re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE)]:
        with suppress(PackageNotFoundError):  # for another Python or another system
            for file in distribution(name).files or ():
                yield Path(str(file.locate())).absolute()


def _path(name: str) -> Path:
    return Path(find_program(name) or name)


def _image(
    programs: Sequence[Path],
    files: Sequence[Path] = (),
    *,
    moved: Mapping[Path, Path] | None = None,
    links: Mapping[str, str] | None = None,
) -> bytes:
    """Programs, files and the libraries of all at the path that they have here, or where they are moved to."""
    libraries = _libraries([*programs, *filter(_is_binary, files)])
    names = {str(path): None for path in (*programs, *files, *libraries)}
    words = [find_program("tar") or "tar", "--create", "--dereference", "--no-recursion", "--absolute-names"]
    words += [f"--transform=s,^{old}\\b,{new}," for old, new in (moved or {}).items()]
    listed = "\n".join(names).encode()
    done = subprocess.run([*words, "--files-from=-"], input=listed, capture_output=True, check=True)
    loaders = {f"lib64/{path.name}": str(path) for path in libraries if path.name.startswith("ld-linux")}
    return (
        _skeleton({f"bin/{applet}": str(programs[0]) for applet in _APPLETS} | loaders | dict(links or {}))
        + done.stdout
    )


def _skeleton(links: Mapping[str, str]) -> bytes:
    """Folders and links: the beginning of an archive that goes on."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name in ("bin", "tmp", "data", "var/empty", "etc"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            archive.addfile(entry)
        for name, target in links.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
        return content.getvalue()  # before what says that it has ended


def _is_binary(path: Path) -> bool:
    return ".so" in path.suffixes


def _libraries(programs: Iterable[Path]) -> set[Path]:
    """What they name, and what that names, as far as the loader knows it: `ldd` of a thousand files takes long."""
    cache = subprocess.run([find_program("ldconfig") or "ldconfig", "-p"], capture_output=True, text=True, check=True)
    known = {Path(path).name: Path(path) for path in re.findall(r"x86-64.* => (\S+)", cache.stdout)}
    found: set[Path] = set()
    waiting = list(programs)
    while waiting:
        program = waiting.pop()
        names = {name.decode() for name in set(_LIBRARY.findall(program.read_bytes()))}
        own = {name: program.parent.parent / "lib" / name for name in names}  # of an interpreter that brings its own
        paths = {own[name] if own[name].is_file() else known.get(name) for name in names}
        new = {path for path in paths if path is not None} - found
        found |= new
        waiting += new
    return found
