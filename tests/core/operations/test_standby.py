"""A standby: current after each backup, read back, told when it is behind, and never worse than what it held."""

import json
import shutil
from pathlib import Path

import pytest

from core.domain.errors import SourceUnreadable, StorageUnavailable
from core.operations.check import probes
from core.operations.standby import HeldThere, Standby
from core.operations.standbys import Standbys
from core.replica.local import LocalReplica, LocalReplicaSettings
from core.replica.sftp import SftpReplica
from tests.contracts.test_replicas import sftp_settings
from tests.core.operations.world import BEFORE, World
from tests.fakes import RecordingProgress
from tests.lab.ssh import SshServer


def version(number: int) -> bytes:
    return BEFORE.replace(b"https://alice.example.net/", b"https://alice.example.net/%d" % number)


_PEOPLE = frozenset(b"AC BE CA CFCHAN GACL GRP HO HR LI MC MCFP MDA MDC MDG MDU ME MI MN MU SO".split())


def without_people() -> bytes:
    """A database that services wrote after they had lost everybody."""
    return b"".join(line for line in BEFORE.splitlines(keepends=True) if line.split(b" ")[0] not in _PEOPLE)


class Spare:
    """The small world with one standby."""

    def __init__(self, world: World, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        self.world, self.path, self.engine = world, path, world.engine
        self.keep(
            Standby(name="b", source="services", replica=LocalReplica(LocalReplicaSettings(kind="local", path=path)))
        )

    def keep(self, *standbys: Standby) -> None:
        engine = self.engine
        engine.standbys = Standbys(
            standbys=standbys,
            sites=engine.sites,
            repository=engine.repository,
            ledger=engine.ledger,
            journal=engine.journal,
            state_dir=engine.state_dir,
            clock=engine.clock,
        )

    def save(self, content: bytes) -> None:
        """Services save; a backup follows."""
        self.world.database.write_bytes(content)
        self.back_up()

    def back_up(self) -> None:
        self.progress = RecordingProgress()
        self.engine.back_up(reason="test", progress=self.progress)

    @property
    def troubles(self) -> list[str]:
        return [text for text in self.engine.status().troubles if "standby" in text]

    @property
    def told(self) -> str:
        return " ".join(self.engine.status().standbys)


@pytest.fixture
def spare(world: World, tmp_path: Path) -> Spare:
    return Spare(world, tmp_path / "standby" / "services.db")


def test_it_follows_every_save(spare: Spare) -> None:
    """Twenty of them: after each it is the living database, and the one before lies beside it."""
    for number in range(20):
        spare.world.clock.advance(600)
        spare.save(version(number))
        assert spare.path.read_bytes() == spare.world.database.read_bytes() == version(number)
        if number:
            assert spare.path.with_name("services.db.previous").read_bytes() == version(number - 1)
    assert spare.troubles == []
    assert sorted(path.name for path in spare.path.parent.iterdir()) == ["services.db", "services.db.previous"]


def test_status_tells_how_far_it_is_behind(spare: Spare) -> None:
    """In words and for machines; a look that found nothing new counts."""
    assert spare.told == "standby b holds nothing yet"
    assert spare.troubles == []
    spare.back_up()
    spare.world.clock.advance(125)
    assert spare.told == "standby b 2m behind"
    assert "standby b 2m behind" in str(spare.engine.status())
    assert spare.engine.status().as_dict()["standbys"] == ["standby b 2m behind"]
    spare.world.clock.advance(600)
    spare.back_up()
    assert spare.told == "standby b 0s behind"
    assert spare.troubles == []


def test_more_than_two_snapshots_behind_is_trouble(spare: Spare) -> None:
    """Whatever the reason: another host's backups, or a run that never ended."""
    spare.back_up()
    standbys, spare.engine.standbys = spare.engine.standbys, None
    for number in range(3):
        spare.world.clock.advance(3600)
        spare.save(version(number))
        spare.engine.standbys = standbys
        assert bool(spare.troubles) == (number == 2)
        spare.engine.standbys = None
    spare.engine.standbys = standbys
    assert spare.troubles == ["standby b is 3h behind (3 snapshots): `backup now` brings it up to date"]
    spare.back_up()
    assert spare.troubles == []


def test_a_standby_that_fails_fails_no_backup(spare: Spare) -> None:
    """It is trouble with its age, in the audit trail once, and gone when it works again."""
    spare.back_up()
    spare.path.parent.rename(spare.path.parent.with_name("unmounted"))
    for number in range(3):
        spare.world.clock.advance(3600)
        spare.save(version(number))
    (trouble,) = spare.troubles
    assert trouble.startswith(f"standby b is 3h behind: {spare.path} cannot be written: No such file or directory")
    assert any("standby b was not brought up to date" in step for step in spare.progress.steps)
    spare.path.parent.with_name("unmounted").rename(spare.path.parent)
    spare.back_up()
    assert spare.troubles == []
    assert spare.path.read_bytes() == version(2)
    trail = (spare.engine.state_dir / "audit.jsonl").read_text()
    assert trail.count("standby not current") == trail.count("standby current again") == 1


@pytest.mark.parametrize("harm", [b"", BEFORE[:400], b"\0" * 4096, None], ids=["empty", "cut", "zeros", "gone"])
def test_what_is_damaged_there_is_written_anew(spare: Spare, harm: bytes | None) -> None:
    """Although nothing changed since: the next backup looks."""
    spare.back_up()
    if harm is None:
        spare.path.unlink()
    else:
        spare.path.write_bytes(harm)
    spare.back_up()
    assert spare.path.read_bytes() == BEFORE
    assert spare.troubles == []


def test_a_database_that_somebody_lives_on_is_not_replaced(spare: Spare) -> None:
    """A standby that was made the live one elsewhere goes on living: whoever comes back late does not destroy it."""
    spare.back_up()
    spare.path.write_bytes(version(77))
    spare.save(version(1))
    assert spare.path.read_bytes() == version(77)
    (trouble,) = spare.troubles
    assert "was not put there from here: do services live on it?" in trouble
    spare.path.unlink()
    spare.back_up()
    assert spare.path.read_bytes() == version(1)


def test_what_was_put_there_by_a_run_that_could_not_note_it_is_known(spare: Spare) -> None:
    """Its content is one of a snapshot of ours; the memory of this host may be lost altogether."""
    spare.save(version(1))
    (spare.engine.state_dir / "standby.json").unlink()
    spare.save(version(2))
    assert spare.path.read_bytes() == version(2)
    (spare.engine.state_dir / "standby.json").write_text('{"b": {"snapshot": 7, "nonsense": []}}')
    spare.save(version(3))
    assert spare.path.read_bytes() == version(3)
    assert spare.troubles == []


def test_what_lost_its_people_does_not_go_there(spare: Spare) -> None:
    """The snapshot is made and held, the standby keeps the good one and says so, until somebody releases the other."""
    spare.back_up()
    spare.save(without_people())
    assert spare.path.read_bytes() == BEFORE
    (trouble,) = spare.troubles
    assert "is held: it has 0 accounts, and " in trouble
    spare.path.unlink()
    spare.back_up()
    assert spare.path.read_bytes() == BEFORE
    spare.engine.release(spare.engine.snapshots()[-1].tail, by="alice")
    spare.back_up()
    assert spare.path.read_bytes() == without_people()
    assert spare.troubles == []


def test_a_repository_that_begins_anew_does_not_take_the_people_from_it(spare: Spare, tmp_path: Path) -> None:
    """There is nothing by which its first snapshot could be judged, but what the standby keeps."""
    spare.back_up()
    shutil.rmtree(tmp_path / "repository")
    spare.save(without_people())
    assert spare.path.read_bytes() == BEFORE
    (trouble,) = spare.troubles
    assert "has 0 accounts, and the standby keeps 7" in trouble


def test_a_source_that_cannot_be_read_leaves_the_newest_there(spare: Spare) -> None:
    """Also where the standby lacks it: it comes out of the repository."""
    spare.back_up()
    spare.path.unlink()
    spare.world.clock.advance(3600)
    spare.world.database.unlink()
    with pytest.raises(SourceUnreadable):
        spare.back_up()
    assert spare.path.read_bytes() == BEFORE
    assert spare.told == "standby b 1h behind"


def test_it_is_kept_on_another_host(world: World, sshd: SshServer, tmp_path: Path) -> None:
    """By SFTP; a server that is away is told, and the next backup makes it good."""
    spare = Spare(world, tmp_path / "far" / "services.db")
    spare.keep(Standby(name="far", source="services", replica=SftpReplica(sftp_settings(sshd, spare.path))))
    for number in range(3):
        spare.save(version(number))
        assert spare.path.read_bytes() == version(number)
    spare.keep(Standby(name="far", source="services", replica=SftpReplica(sftp_settings(sshd, spare.path, port=1))))
    sshd.know(1)
    world.clock.advance(3 * 3600)
    spare.save(version(9))
    assert spare.troubles == [
        "standby far is 3h behind: nobody listens on [127.0.0.1]:1 — does sshd run there? is the port right?"
    ]


def test_check_proves_each_standby(spare: Spare) -> None:
    """A probe beside it, which is gone afterwards."""
    found = dict(probes(spare.engine))
    assert "can be written and read back" in found["standby b"]()
    assert list(spare.path.parent.iterdir()) == []
    spare.path.parent.rmdir()
    with pytest.raises(StorageUnavailable, match="is missing"):
        found["standby b"]()


def test_only_named_sources_bring_their_standbys_along(spare: Spare) -> None:
    """A backup of something else asks no standby."""
    spare.engine.back_up(reason="test", progress=RecordingProgress(), only=("services",))
    assert spare.path.exists()
    assert HeldThere(spare.engine.state_dir).of("b").counts["accounts"] == 7
    assert json.loads((spare.engine.state_dir / "standby.json").read_text())["b"]["trouble"] == ""
