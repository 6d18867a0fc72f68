"""A tree that is saved in a real repository, an engine over it, and looks at both."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.control.handshake import TlsHandshake
from core.control.none import NoControl
from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.domain.snapshot import Snapshot
from core.domain.thing import Thing, ThingWish
from core.journal.file import FileJournal
from core.operations.engine import Engine
from core.operations.restore_report import RestoreReport
from core.operations.site import TreeSite
from core.operations.things.proposal import ThingProposal, ThingUndo
from core.program_ports import Reload
from core.registrations.wish import Wishes
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.sources.files import FilesSettings, FilesSource
from core.storage.local import LocalSettings, LocalStorage
from tests.fakes import FakeClock, RecordingProgress

Looks = dict[str, tuple[object, ...]]


@dataclass
class Grove:
    """Everything, in reach of a test."""

    engine: Engine
    root: Path
    state: Path
    clock: FakeClock

    def save(self) -> Snapshot:
        """A snapshot of the tree as it is."""
        self.clock.advance(60)
        (report,) = self.engine.back_up(reason="test", progress=RecordingProgress())
        return report.snapshot

    def plan(
        self, *paths: str, thing: Thing = "files", exact: bool = False, reference: str | None = None
    ) -> ThingProposal:
        wish = ThingWish(thing=thing, paths=paths, exact=exact)
        return self.engine.plan_thing(wish, reference, progress=RecordingProgress())

    def restore(
        self, *paths: str, thing: Thing = "files", exact: bool = False, reference: str | None = None
    ) -> RestoreReport:
        return self.carry_out(self.plan(*paths, thing=thing, exact=exact, reference=reference))

    def carry_out(self, plan: ThingProposal | ThingUndo) -> RestoreReport:
        return self.engine.restore(plan, by="alice", progress=RecordingProgress())

    def plan_undo(self, restore_id: str, *replace: str) -> ThingUndo:
        wishes = Wishes(choices=dict.fromkeys(replace, "replace"))
        plan = self.engine.plan_undo(restore_id, wishes, progress=RecordingProgress())
        assert isinstance(plan, ThingUndo)
        return plan

    def undo(self, restore_id: str) -> RestoreReport:
        return self.carry_out(self.plan_undo(restore_id))

    def leave_out(self, *patterns: str) -> None:
        """From now on the source does not take these any more."""
        (site,) = self.engine.trees
        source = source_of(self.root, self.clock, exclude=patterns)
        self.engine.trees = (replace(site, source=source),)

    def looks(self) -> Looks:
        return looks(self.root)

    def step(self) -> str:
        """Where the newest restore stands."""
        from core.operations.restore_record import RestoreFolder  # noqa: PLC0415 — only some tests look

        return list(RestoreFolder(self.state).all())[-1].step


def make_grove(
    folder: Path,
    clock: FakeClock,
    *,
    root: Path | None = None,
    repository_folder: str = "config",
    reload: Reload | None = None,
    exclude: Sequence[str] = (),
) -> Grove:
    """With an empty tree at `folder`/tree."""
    root = root or folder / "tree"
    root.mkdir(exist_ok=True, parents=True)
    host, recipient = generate_identity()
    _, paper = generate_identity()
    write_identity(folder / "host.key", host)
    site = TreeSite(
        source=source_of(root, clock, repository_folder, exclude), root=root, control=NoControl(), reload=reload
    )
    engine = Engine(
        sites=[],
        trees=[site],
        repository=Repository(
            storage=LocalStorage("disk", LocalSettings(kind="local", path=folder / "repository")),
            sealer=AgeSealer(recipients=[recipient, paper], identity_file=folder / "host.key"),
            clock=clock,
            network="TestNet",
            host="host1",
        ),
        ledger=Ledger(folder / "state" / "ledger.jsonl"),
        journal=FileJournal(folder / "state" / "audit.jsonl", clock=clock),
        state_dir=folder / "state",
        clock=clock,
        handshake=TlsHandshake(),
    )
    return Grove(engine, root, folder / "state", clock)


def source_of(root: Path, clock: FakeClock, folder: str = "config", exclude: Sequence[str] = ()) -> FilesSource:
    """What of a tree is looked at."""
    words = {"kind": "files", "root": root, "folder": folder, "exclude": list(exclude)}
    return FilesSource(name="conf", settings=FilesSettings.model_validate(words), clock=clock)


def looks(root: Path) -> Looks:
    """Every name below a root with its kind, mode, bytes or target, and with which other names it is one file."""
    found: Looks = {}
    names: dict[tuple[int, int], str] = {}
    for place, folders, files in os.walk(root):
        for name in sorted([*folders, *files]):
            path = Path(place, name)
            key, status = str(path.relative_to(root)), path.lstat()
            if stat.S_ISLNK(status.st_mode):
                found[key] = ("link", str(path.readlink()))
            elif stat.S_ISDIR(status.st_mode):
                found[key] = ("folder", stat.S_IMODE(status.st_mode))
            else:
                first = names.setdefault((status.st_dev, status.st_ino), key)
                found[key] = ("file", stat.S_IMODE(status.st_mode), path.read_bytes(), first)
    return found


def plant(root: Path) -> None:
    """A small tree with everything in it."""
    (root / "conf.d").mkdir()
    (root / "main.conf").write_text("name a\nport 6667\n")
    (root / "main.conf").chmod(0o640)
    (root / "conf.d" / "opers.conf").write_text('oper bob { password "hunter2"; }\n')
    (root / "conf.d" / "motd").write_text("hello\n")
    (root / "conf.d" / "motd.txt").hardlink_to(root / "conf.d" / "motd")
    (root / "current").symlink_to("conf.d/motd")
    (root / "empty").mkdir(mode=0o700)
