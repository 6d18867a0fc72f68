"""A small world: a database that lost alice, a repository that remembers her, and a program to stop and start.

The program stands at the port (`Control`): it rewrites its database when it stops, as services do.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.control.handshake import TlsHandshake
from core.control.silent import SilentServices
from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.domain.errors import ControlFailed, RehearsalFailed
from core.journal.file import FileJournal
from core.operations.engine import Engine
from core.operations.site import Site
from core.ports import Progress
from core.repository.ledger import Ledger
from core.repository.pins import Pins
from core.repository.repository import Repository
from core.sources.atheme import AthemeSettings, AthemeSource
from core.storage.local import LocalSettings, LocalStorage
from tests.fakes import FakeClock

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
BEFORE = (VECTORS / "before.db").read_bytes()
AFTER = (VECTORS / "after.db").read_bytes()


@dataclass
class Program:
    """Services that run: they own the file while they run, and write it whole when they stop."""

    database: Path
    running: bool = True
    memory: bytes = AFTER
    refuses: set[str] = field(default_factory=set)
    starts: int = 0
    at_stop: Callable[[bytes], bytes] = bytes
    can_act: bool = True

    def is_running(self) -> bool:
        return self.running

    def stop(self) -> None:
        if "stop" in self.refuses:
            raise ControlFailed("it does not stop")
        if self.running:
            self.memory = self.at_stop(self.memory)
            new = self.database.with_suffix(".db.new")
            new.write_bytes(self.memory)
            new.replace(self.database)
            self.running = False

    def start(self) -> None:
        if "start" in self.refuses:
            raise ControlFailed("it does not start")
        self.memory = self.database.read_bytes()
        self.running = True
        self.starts += 1


@dataclass
class Load:
    """A rehearsal that notes what it was shown."""

    seen: list[bytes] = field(default_factory=list)
    refuse: bool = False

    def load(self, content: bytes, progress: Progress) -> str:
        del progress
        self.seen.append(content)
        if self.refuse:
            raise RehearsalFailed("the real program would not load it")
        return "loaded"


@dataclass
class World:
    """Everything, in reach of a test."""

    engine: Engine
    program: Program
    rehearsal: Load
    database: Path
    state: Path
    clock: FakeClock

    def save(self, content: bytes) -> None:
        """Services write that now."""
        self.database.write_bytes(content)
        now = self.clock.now().timestamp()
        os.utime(self.database, (now, now))

    def live(self) -> bytes:
        return self.database.read_bytes()


def make_world(tmp_path: Path, clock: FakeClock) -> World:
    database = tmp_path / "services.db"
    database.write_bytes(BEFORE)
    os.utime(database, (clock.now().timestamp() - 60, clock.now().timestamp() - 60))
    identity, recipient = generate_identity()
    _, recovery = generate_identity()
    write_identity(tmp_path / "host.key", identity)
    program, rehearsal = Program(database), Load()
    source = AthemeSource(
        name="services",
        settings=AthemeSettings(kind="atheme", database=database, casemapping="rfc1459"),
        services=SilentServices(),
        clock=clock,
    )
    site = Site(
        source=source,
        database=database,
        network=source.network,
        control=program,
        services=SilentServices(),
        rehearsal=rehearsal,
        start_seconds=10,
        limit=1 << 30,
    )
    engine = Engine(
        sites=[site],
        repository=Repository(
            storage=LocalStorage("disk", LocalSettings(kind="local", path=tmp_path / "repository")),
            sealer=AgeSealer(recipients=[recipient, recovery], identity_file=tmp_path / "host.key"),
            clock=clock,
            network="TestNet",
            host="host1",
            released=Pins(tmp_path / "state").released,
        ),
        ledger=Ledger(tmp_path / "state" / "ledger.jsonl"),
        journal=FileJournal(tmp_path / "state" / "audit.jsonl", clock=clock),
        state_dir=tmp_path / "state",
        clock=clock,
        handshake=TlsHandshake(),
    )
    return World(engine, program, rehearsal, database, tmp_path / "state", clock)
