"""What the verbs need to know about one source: a services database, or a tree of files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.domain.casemapping import Casemapping
from core.domain.thing import Thing
from core.formats.unrealircd.container import Opener
from core.ports import Control, Rehearsal, Services, Source
from core.program_ports import Boot, Reload
from core.registrations.wish import Network
from core.repository.hierarchy import PERIODS, Period
from core.tree_ports import TreeCheck, TreeSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One services database, the program that owns it, and how to reach it."""

    source: Source
    database: Path
    network: Network
    control: Control
    services: Services
    rehearsal: Rehearsal | None
    start_seconds: float  # how long services may take to answer after a start
    limit: int  # bytes: no database is larger than this
    bases: Sequence[Period] = PERIODS  # the ladder that its snapshots stand on
    owner: str = ""  # "irc" or "irc:irc": whom its program runs as; "" = nobody said
    boot: Boot | None = None  # None: nobody knows how the program is started on a copy
    save_seconds: float = 0  # how often its program writes the file anew by itself; 0 = it does not
    is_services: bool = True  # False: a plain database, in which nobody is registered

    @property
    def name(self) -> str:
        """The source's configured name."""
        return self.source.name

    @property
    def casemapping(self) -> Casemapping:
        """How names compare on this network."""
        return self.network.casemapping


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeSite:
    """A tree that is saved, the ladder that its snapshots stand on, and the program that lives on its files."""

    source: TreeSource
    root: Path
    control: Control
    check: TreeCheck | None = None  # knows what its files mean; None: they mean nothing beyond their bytes
    opener: Opener | None = None  # opens UnrealIRCd's encrypted databases in it
    reload: Reload | None = None  # None: nobody is told
    serves: tuple[str, ...] = ()  # "host:port" of each TLS port that serves its certificates
    bases: tuple[Period, ...] = PERIODS

    @property
    def name(self) -> str:
        """The source's configured name."""
        return self.source.name

    @property
    def thing(self) -> Thing:
        """What it is when it comes back as a whole."""
        return _THINGS.get(self.source.folder, "files")


_THINGS: dict[str, Thing] = {"ssl": "tls", "config": "config", "ircd": "ircd"}
