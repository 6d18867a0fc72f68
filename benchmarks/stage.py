"""Where a restore is measured: a repository, a live database, and services: Debian's real Atheme, or a stand-in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stopwatch import Stopwatch, TimedControl, TimedRehearsal, TimedSource
from core.clock import SystemClock
from core.control.handshake import TlsHandshake
from core.control.pidfile import PidfileControl, PidfileSettings
from core.control.rehearsal import AthemeRehearsal
from core.control.rehearsal_settings import RehearsalSettings
from core.control.save_command import CommandServices, SaveCommandSettings
from core.control.silent import SilentServices
from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.journal.file import FileJournal
from core.operations.engine import Engine
from core.operations.site import Site
from core.ports import Control, Rehearsal, Services
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.sources.atheme import AthemeSettings, AthemeSource
from core.storage.local import LocalSettings, LocalStorage
from tests.lab.network import lay_out
from tests.lab.real import find_program

_LIMIT = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The services of the stage, and how they are reached."""

    name: str
    database: Path
    control: Control
    services: Services
    rehearsal: Rehearsal | None


class StandIn:
    """Services that keep a database and write it when they stop: what is measured is ours alone."""

    can_act = True

    def __init__(self, database: Path) -> None:
        self._database = database
        self._memory: bytes | None = None

    def is_running(self) -> bool:
        """See the port."""
        return self._memory is not None

    def stop(self) -> None:
        """Write everything, and be gone."""
        if self._memory is not None:
            new = self._database.with_suffix(".db.new")
            new.write_bytes(self._memory)
            new.replace(self._database)
        self._memory = None

    def start(self) -> None:
        """Read everything."""
        self._memory = self._database.read_bytes()


@contextmanager
def services(folder: Path, live: bytes, *, real: bool) -> Iterator[Program]:
    """Services on the database `live`, not started yet; stopped afterwards, however it ends."""
    program = _real(folder, live) if real else _stand_in(folder, live)
    try:
        yield program
    finally:
        program.control.stop()


def _stand_in(folder: Path, live: bytes) -> Program:
    database = folder / "services.db"
    database.write_bytes(live)
    return Program(
        name="a stand-in", database=database, control=StandIn(database), services=SilentServices(), rehearsal=None
    )


def _real(folder: Path, live: bytes) -> Program:
    lab = lay_out(folder / "lab")
    lab.database.write_bytes(live)
    lab.database.chmod(0o640)
    shutil.chown(lab.database, lab.data.owner(), lab.data.group())
    hang_up = ["sh", "-c", 'kill -HUP "$(cat "$1")"', "sh", str(lab.pidfile)]
    return Program(
        name="real atheme-services",
        database=lab.database,
        control=PidfileControl(PidfileSettings(kind="pidfile", pidfile=lab.pidfile, start=lab.start_words)),
        services=CommandServices(SaveCommandSettings(kind="command", save=hang_up)),
        rehearsal=AthemeRehearsal(
            RehearsalSettings(
                binary=Path(find_program("atheme-services") or "atheme-services"),
                config=lab.config,
                user=lab.data.owner(),
            )
        ),
    )


def make_engine(folder: Path, program: Program, watch: Stopwatch) -> Engine:
    """The engine as a network has it, every port on the clock."""
    clock = SystemClock()
    identity, recipient = generate_identity()
    _, recovery = generate_identity()
    write_identity(folder / "host.key", identity)
    source = AthemeSource(
        name="services",
        settings=AthemeSettings(kind="atheme", database=program.database, casemapping="rfc1459"),
        services=program.services,
        clock=clock,
    )
    site = Site(
        source=TimedSource(source, program.services, watch),
        database=program.database,
        network=source.network,
        control=TimedControl(program.control, watch),
        services=program.services,
        rehearsal=TimedRehearsal(program.rehearsal, watch) if program.rehearsal is not None else None,
        start_seconds=60,
        limit=_LIMIT,
    )
    return Engine(
        sites=[site],
        repository=Repository(
            storage=LocalStorage("disk", LocalSettings(kind="local", path=folder / "repository")),
            sealer=AgeSealer(recipients=[recipient, recovery], identity_file=folder / "host.key"),
            clock=clock,
            network="BenchNet",
            host="bench",
        ),
        ledger=Ledger(folder / "state" / "ledger.jsonl"),
        journal=FileJournal(folder / "state" / "audit.jsonl", clock=clock),
        state_dir=folder / "state",
        clock=clock,
        handshake=TlsHandshake(),
    )
