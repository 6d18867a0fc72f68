"""Made tests/vectors/repository2, once: `python -m tests.vectors.make_repository2 NEWFOLDER`."""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.crypto.signing import MinisignSigner, MinisignVerifier, generate_signing_key, write_signing_key
from core.domain.snapshot import Snapshot
from core.formats.atheme import parse
from core.formats.atheme.facts import counts
from core.ports import Capture
from core.repository import layout
from core.repository.repository import Repository
from core.repository.tree_writing import TreeWriting
from core.repository.writing import DeltaPolicy
from core.sources.files import FilesSettings, FilesSource
from core.storage.local import LocalSettings, LocalStorage
from tests.fakes import FakeClock, RecordingProgress

DATABASE = Path(__file__).parent / "atheme" / "before.db"
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = 24 * 60
STEPS = (0, DAY, DAY + 240, DAY + 300, DAY + 315, DAY + 320, DAY + 325, DAY + 360)  # minutes after MONDAY
PRUNED = 6  # of the databases


def database(step: int) -> bytes:
    """Everybody was seen a minute later, at each step."""
    return DATABASE.read_bytes().replace(b" 1795396603 ", b" %d " % (1795396603 + 60 * step))


def main(words: Sequence[str]) -> None:
    """Write the sample, its identity and its public key into a new folder."""
    folder = Path(words[0])
    folder.mkdir()
    identity, recipient = generate_identity()
    (folder / "identity").write_text(f"{identity}\n")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        secret, public = generate_signing_key()
        (folder / "public").write_text(f"{public}\n")
        write_signing_key(place / "signing.key", secret)
        write_identity(place / "identity", identity)
        clock = FakeClock()
        repository = Repository(
            storage=LocalStorage("disk", LocalSettings(kind="local", path=folder.resolve())),
            sealer=AgeSealer(recipients=[recipient, generate_identity()[1]], identity_file=place / "identity"),
            clock=clock,
            network="ExampleNet",
            host="irc1",
            signer=MinisignSigner(place / "signing.key"),
            verifier=MinisignVerifier([public]),
        )
        add_databases(repository, clock)
        add_trees(repository, place)
        repository.snapshots()
        assert not repository.problems


def add_databases(repository: Repository, clock: FakeClock) -> None:
    """A full, and what rests on it; then a pruning takes the one before the last."""
    made: list[Snapshot] = []
    for step, minutes in enumerate(STEPS):
        clock.time = MONDAY + timedelta(minutes=minutes)
        content = database(step)
        saved = clock.time - timedelta(seconds=3)
        capture = Capture(content=content, extension="db", saved_at=saved, counts=counts(parse(content)))
        progress = RecordingProgress()
        made.append(
            repository.add(capture, source="services", kind="atheme", reason="asked by alice", progress=progress)
        )
    assert [item.rank for item in made] == ["full", "day", "6h", "hour", "15min", "save", "save", "hour"]
    clock.advance(60)
    prune(repository, made[PRUNED], [item.id for item in made if item is not made[PRUNED]])


def prune(repository: Repository, snapshot: Snapshot, left: Sequence[str]) -> None:
    """As `prune` does it: the roll, the manifest, the object."""
    repository.write_roll("services", left)
    for key in (layout.manifest_key(repository.root, "services", snapshot.id), snapshot.key):
        repository.storage.delete(key)


def add_trees(repository: Repository, place: Path) -> None:
    """A full of a small tree, and an increment above it."""
    root, work = place / "etc", place / "work"
    work.mkdir()
    (root / "conf.d").mkdir(parents=True)
    (root / "inspircd.conf").write_text('<server name="irc1.example.net">\n')
    (root / "conf.d" / "opers.conf").write_text("".join(f'<oper name="oper{n}">\n' for n in range(400)))
    (root / "motd").symlink_to("conf.d/opers.conf")
    for step, at in enumerate((datetime(2026, 11, 30, 2, 0, tzinfo=UTC), datetime(2026, 12, 1, 2, 0, tzinfo=UTC))):
        if step:
            (root / "conf.d" / "opers.conf").rename(root / "opers.conf")
            with (root / "opers.conf").open("a") as file:
                file.write('<oper name="alice">\n')
            (root / "motd").unlink()
            (root / "motd").write_text("Welcome.\n")
            shutil.rmtree(root / "conf.d")
        settings = FilesSettings(kind="files", root=root, folder="config")
        source = FilesSource(name="config", settings=settings, clock=FakeClock(time=at))
        writing = TreeWriting(repository, work, source)
        made = writing.add(reason="scheduled", progress=RecordingProgress(), deltas=DeltaPolicy()).snapshot
        assert made.rank == ("day" if step else "full")


if __name__ == "__main__":
    main(sys.argv[1:])
