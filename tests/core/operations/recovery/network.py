"""A small network on one host: configuration, certificates, logs, a database, and two programs that live on them."""

import getpass
import re
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from core.control.silent import SilentServices
from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.domain.errors import ControlFailed
from core.journal.file import FileJournal
from core.operations.engine import Engine
from core.operations.recovery.record import RecoveryRecord
from core.operations.recovery.terms import RecoveryWish, Terms
from core.operations.site import Site, TreeSite
from core.ports import Clock
from core.program_ports import Handshake, Served
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.sources.atheme import AthemeSettings, AthemeSource
from core.sources.files import FilesSettings, FilesSource
from core.storage.local import LocalSettings, LocalStorage
from tests.core.operations.world import AFTER, BEFORE, Program
from tests.fakes import FakeClock, RecordingProgress

FILES = {
    "etc/inspircd.conf": "<server name=irc.example>\n",
    "etc/modules/base.conf": "<module name=base>\n",
    "ircd/xline.db": "VERSION 1\n",
    "logs/ircd.log": "started\n",
    "users/motd/alice": "hello\n",
}


@dataclass
class Ircd:
    """A program that runs or does not, and notes in which order things happen to it."""

    name: str
    diary: list[str]
    running: bool = True
    refuses: set[str] = field(default_factory=set)
    can_act: bool = True

    def is_running(self) -> bool:
        return self.running

    def stop(self) -> None:
        self._do("stop", running=False)

    def start(self) -> None:
        self._do("start", running=True)

    def _do(self, what: str, *, running: bool) -> None:
        if what in self.refuses:
            raise ControlFailed(f"{self.name} does not {what}")
        self.diary.append(f"{what} {self.name}")
        self.running = running


@dataclass
class Diary(Program):
    """Services that note when they are stopped and started."""

    diary: list[str] = field(default_factory=list)

    def stop(self) -> None:
        was = self.running
        super().stop()
        if was:
            self.diary.append("stop services")

    def start(self) -> None:
        super().start()
        self.diary.append("start services")


@dataclass
class Port:
    """What a TLS port serves."""

    ends_at: datetime | None = None  # None: nobody listens there

    def served(self, address: str) -> Served:
        if self.ends_at is None:
            raise ControlFailed(f"nobody listens at {address}")
        return Served(fingerprint="ab" * 32, begins_at=self.ends_at, ends_at=self.ends_at, names=("irc.example",))


@dataclass
class Network:
    """All of it, in reach of a test."""

    folder: Path
    clock: FakeClock
    engine: Engine
    ircd: Ircd
    services: Diary
    diary: list[str]
    port: Port

    def contents(self) -> dict[str, bytes]:
        """Every file that a recovery is about; of the database who is in it, since what is back counts as used now."""
        roots = ("etc", "ssl", "ircd", "users", "logs", "data")
        found = {}
        for root in roots:
            path = self.folder / root
            for file in [path] if path.is_file() else path.rglob("*"):
                if file.is_file():
                    found[str(file.relative_to(self.folder))] = _shown(file)
        return found

    def burn(self) -> None:
        """Everything is gone, and nothing runs."""
        for root in ("etc", "ssl", "ircd", "users", "logs", "data"):
            shutil.rmtree(self.folder / root, ignore_errors=True)
        self.ircd.running = self.services.running = False
        self.diary.clear()

    def new_host(self, **changes: object) -> Engine:
        """The same configuration with an empty state directory."""
        shutil.rmtree(self.folder / "state")
        self.engine = make_engine(self.folder, self.clock, self.ircd, self.services, self.port, **changes)  # type: ignore[arg-type]  # passed on
        return self.engine

    def recover(self, wish: RecoveryWish | None = None, storage: str | None = None) -> RecoveryRecord:
        """Plan it and carry it out."""
        plan = self.engine.plan_recovery(wish or RecoveryWish(), storage=storage, progress=RecordingProgress())
        assert not plan.blocked, plan.blocked
        return self.engine.recover(plan, by="carol", code="7Q2F", progress=RecordingProgress())


def _shown(file: Path) -> bytes:
    content = file.read_bytes()
    rows = re.findall(rb"^(?:MU \S+ \S+ \S+|MN \S+ \S+|MC \S+|CA \S+ \S+ \S+|ME .*)", content, re.MULTILINE)
    return b"\n".join(rows) if file.suffix == ".db" and rows else content


def make_network(folder: Path, clock: FakeClock) -> Network:
    """It runs, and nothing was saved yet."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    make_certificate(folder / "ssl")
    (folder / "data").mkdir()
    (folder / "data" / "services.db").write_bytes(BEFORE)
    identity, recipient = generate_identity()
    write_identity(folder / "host.key", identity)
    (folder / "recipients").write_text(f"{recipient} {generate_identity()[1]}")
    diary: list[str] = []
    ircd, services = Ircd("ircd", diary), Diary(folder / "data" / "services.db", memory=BEFORE, diary=diary)
    port = Port()
    engine = make_engine(folder, clock, ircd, services, port)
    return Network(folder, clock, engine, ircd, services, diary, port)


def make_certificate(folder: Path) -> None:
    """A key and its certificate, for a year."""
    folder.mkdir()
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "36500",
        "-subj",
        "/CN=irc.example",
    ]
    words += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(words, check=True, capture_output=True, timeout=30)


def make_engine(
    folder: Path,
    clock: Clock,
    ircd: Ircd,
    services: Program,
    handshake: Handshake,
    *,
    terms: Terms | None = None,
    host: str = "host1",
) -> Engine:
    """Over the folder."""
    source = AthemeSource(
        name="services",
        settings=AthemeSettings(kind="atheme", database=folder / "data" / "services.db", casemapping="rfc1459"),
        services=SilentServices(),
        clock=clock,
    )
    site = Site(
        source=source,
        database=folder / "data" / "services.db",
        network=source.network,
        control=services,
        services=SilentServices(),
        rehearsal=None,
        start_seconds=10,
        limit=1 << 30,
        owner=getpass.getuser(),
    )
    disk, copy = (_place(folder, name, host, clock) for name in ("disk", "copy"))
    return Engine(
        sites=[site],
        trees=[
            _tree("certificates", "ssl", folder / "ssl", ircd, clock),
            _tree("users", "users", folder / "users", ircd, clock),
            _tree("logs", "logs", folder / "logs", ircd, clock),
            _tree("ircd", "ircd", folder / "ircd", ircd, clock),
            _tree("config", "config", folder / "etc", ircd, clock),
        ],
        repository=disk,
        copies=[copy],
        ledger=Ledger(folder / "state" / "ledger.jsonl"),
        journal=FileJournal(folder / "state" / "audit.jsonl", clock=clock),
        state_dir=folder / "state",
        clock=clock,
        handshake=handshake,
        terms=terms,
    )


def _tree(name: str, kept: str, root: Path, ircd: Ircd, clock: Clock) -> TreeSite:
    settings = FilesSettings(kind="tls" if kept == "ssl" else "files", folder=kept, root=root)  # type: ignore[arg-type]  # a literal, as a word
    site = TreeSite(source=FilesSource(name=name, settings=settings, clock=clock), root=root, control=ircd)
    return replace(site, serves=("127.0.0.1:6697",)) if kept == "ssl" else site


def _place(folder: Path, name: str, host: str, clock: Clock) -> Repository:
    return Repository(
        storage=LocalStorage(name, LocalSettings(kind="local", path=folder / name)),
        sealer=AgeSealer(recipients=(folder / "recipients").read_text().split(), identity_file=folder / "host.key"),
        clock=clock,
        network="TestNet",
        host=host,
    )


__all__ = ["AFTER", "BEFORE", "FILES", "Ircd", "Network", "make_network"]
