"""What is installed here? Looks at the places where Debian and source builds put things; touches nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import BackupServError
from core.sources.atheme_conf import read_conf

# Configuration, database, pid file, program, user: Debian's packages, then a build in a home folder.
_ATHEME = (
    ("etc/atheme/atheme.conf", "var/lib/atheme", "run/atheme/atheme.pid", "usr/bin/atheme-services", "irc"),
    ("home/*/atheme/etc/atheme.conf", "../etc", "../var/atheme.pid", "../bin/atheme-services", ""),
    ("opt/atheme/etc/atheme.conf", "../etc", "../var/atheme.pid", "../bin/atheme-services", ""),
)
_IRCDS = (
    ("UnrealIRCd", "home/*/unrealircd/conf/unrealircd.conf"),
    ("UnrealIRCd", "opt/unrealircd/conf/unrealircd.conf"),
    ("InspIRCd", "etc/inspircd/inspircd.conf"),
    ("InspIRCd", "home/*/inspircd/run/conf/inspircd.conf"),
    ("ngIRCd", "etc/ngircd/ngircd.conf"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Atheme:
    """One installation of Atheme."""

    config: Path
    database: Path
    pid_file: Path
    program: Path
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything that was found."""

    atheme: Atheme | None
    ircds: tuple[tuple[str, Path], ...]

    def told(self) -> Iterator[str]:
        """In lines for people."""
        if self.atheme is None:
            yield "no Atheme: the paths in [sources.services] are examples"
        else:
            there = "" if self.atheme.database.exists() else " (not there yet)"
            yield f"Atheme: {self.atheme.config}, database {self.atheme.database}{there}"
            yield from _conf_told(self.atheme.config)
        for name, path in self.ircds:
            yield f"{name}: {path}"


def _conf_told(path: Path) -> Iterator[str]:
    try:
        conf = read_conf(path)
    except BackupServError as error:
        yield f"  {error}"
    else:
        yield f"  casemapping {conf.casemapping}, saves every {conf.commit_minutes} minutes"


def look(root: Path) -> Found:
    """Look below `root`."""
    found = next((item for pattern in _ATHEME for item in _atheme(root, pattern)), None)
    ircds = tuple((name, path) for name, pattern in _IRCDS for path in sorted(root.glob(pattern)))
    return Found(atheme=found, ircds=ircds)


def _atheme(root: Path, places: tuple[str, str, str, str, str]) -> Iterator[Atheme]:
    config, data, pid_file, program, user = places
    for path in sorted(root.glob(config)):
        base = path.parent if data.startswith("..") else root

        def at(place: str, base: Path = base) -> Path:
            return (base / place).resolve() if place.startswith("..") else base / place

        yield Atheme(
            config=path,
            database=at(data) / "services.db",
            pid_file=at(pid_file),
            program=at(program),
            user=user or path.owner(),
        )
