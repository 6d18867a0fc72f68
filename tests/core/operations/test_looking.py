"""Finding, comparing and exporting over snapshots: what cannot be read is told, and nothing is guessed or changed."""

import os
from pathlib import Path

import pytest

from core.domain.errors import AccountNotFound, PlanBlocked, SnapshotNotFound, SourceUnreadable, TimeUnclear
from core.operations.backwards import MOST
from core.operations.diff import diff, open_file, split_references
from core.operations.export import export
from core.operations.find import Whereabouts
from core.operations.side import Side
from core.ports import Progress
from tests.core.operations.world import AFTER, BEFORE, World
from tests.fakes import FakeClock, RecordingProgress

ANEW = BEFORE.replace(b"MU AAAAAAAAC alice", b"MU AAAAAAAAL alice").replace(b"LUID AAAAAAAAKA", b"LUID AAAAAAAAMA")


class Scene:
    """Snapshots taken one after the other."""

    def __init__(self, world: World, progress: Progress) -> None:
        self.world = world
        self.engine = world.engine
        self.progress = progress

    def save(self, content: bytes) -> str:
        """Services save `content`, and it is backed up; the snapshot's short id."""
        self.world.clock.advance(3600)
        self.world.database.write_bytes(content)
        os.utime(self.world.database, (self.world.clock.now().timestamp(),) * 2)
        return self.engine.back_up(reason="test", progress=self.progress)[0].snapshot.tail

    def find(self, name: str, *, everything: bool = False) -> Whereabouts:
        return self.engine.find(name, everything=everything, progress=self.progress)


@pytest.fixture
def scene(world: World, progress: Progress) -> Scene:
    return Scene(world, progress)


def later(content: bytes, number: int) -> bytes:
    """The same registrations in a file of other bytes."""
    return content + b"CFCHAN #later 1795396580 %d \n" % number


# --- find ----------------------------------------------------------------------------------------


def test_what_was_dropped_is_found_with_its_snapshots_and_the_way_back(scene: Scene) -> None:
    first, last, gone = scene.save(BEFORE), scene.save(later(BEFORE, 1)), scene.save(AFTER)
    found = scene.find("ALICE")
    assert (found.living, found.looked, found.older, found.troubles) == (None, 3, 0, ())
    (stay,) = found.stays
    assert [snapshot.tail for snapshot in stay.snapshots] == [first, last]
    assert stay.gone_since is not None
    assert stay.gone_since.tail == gone
    assert f"in 2 snapshots, {first} of " in str(stay)
    assert f"; gone since {gone} of " in str(stay)
    assert found.way_back == ("restore user alice", last)


def test_what_lives_needs_no_way_back(scene: Scene) -> None:
    scene.save(BEFORE)
    for name in ("bob", "bob_", "#zeta", "!staff"):
        found = scene.find(name)
        assert found.living is not None
        assert found.way_back == ("", "")
    scene.world.database.write_bytes(AFTER)
    assert scene.find("#zeta").way_back[0] == "restore channel #zeta"
    assert scene.find("alice_alt").way_back[0] == "restore user alice_alt"


def test_two_accounts_of_one_name_are_told_apart(scene: Scene) -> None:
    """Dropped, and registered by somebody else: the newest first, and the old one is what is lost."""
    old, gone, new = scene.save(BEFORE), scene.save(AFTER), scene.save(ANEW)
    found = scene.find("alice")
    assert [[snapshot.tail for snapshot in stay.snapshots] for stay in found.stays] == [[new], [old]]
    assert found.stays[1].gone_since is not None
    assert found.stays[1].gone_since.tail == gone
    assert found.way_back == ("", ""), "the newest of that name lives"


def test_what_was_away_for_a_while_has_a_gap(scene: Scene) -> None:
    scene.save(BEFORE)
    scene.save(AFTER)
    scene.save(later(BEFORE, 1))
    (stay,) = scene.find("alice").stays
    assert (len(stay.snapshots), stay.gaps, stay.gone_since) == (2, 1, None)
    assert "not in 1 between" in str(stay)


def test_each_content_is_opened_once(scene: Scene) -> None:
    """A snapshot whose content was opened already is known by its digest."""
    for content in (BEFORE, AFTER, BEFORE, AFTER, BEFORE):
        scene.save(content)
    steps = RecordingProgress()
    found = scene.engine.find("alice", progress=steps)
    assert found.looked == 5
    assert len([step for step in steps.steps if step.startswith("looking into")]) == 2


def test_a_snapshot_that_cannot_be_read_is_no_proof_that_somebody_was_not_there(scene: Scene) -> None:
    scene.save(AFTER)
    scene.save(BEFORE)
    snapshot = scene.engine.snapshots()[1]
    next(scene.world.database.parent.rglob(f"*{snapshot.tail}-*.age")).write_bytes(b"rotten")
    found = scene.find("alice")
    assert (found.looked, found.stays) == (1, ())
    assert snapshot.tail in found.troubles[0]


def test_what_is_no_services_database_is_never_said_to_be_without_somebody(scene: Scene) -> None:
    scene.save(BEFORE)
    scene.world.database.write_bytes(b"SQLite format 3\0" + bytes(84))
    found = scene.find("bob")
    assert found.living is None
    assert "cannot be told" in found.now
    assert found.way_back == ("", "")


def test_a_living_database_that_cannot_be_read_is_told_and_the_snapshots_are_searched(scene: Scene) -> None:
    scene.save(BEFORE)
    scene.world.database.unlink()
    found = scene.find("alice")
    assert "does not exist" in found.now
    assert len(found.stays) == 1
    assert found.way_back == ("", ""), "nobody knows whether alice lives"


def test_a_search_ends_unless_all_is_asked_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not looked at is counted, and never called "not there"."""
    scene.save(BEFORE)
    for number in range(3):
        scene.save(later(AFTER, number))
    monkeypatch.setattr("core.operations.backwards.MOST", 2)
    assert MOST == 100
    found = scene.find("alice")
    assert (found.looked, found.older, found.stays) == (2, 2, ())
    assert len(scene.find("alice", everything=True).stays) == 1


def test_nothing_is_changed_by_looking(scene: Scene) -> None:
    scene.save(BEFORE)
    before = {path: path.read_bytes() for path in scene.world.database.parent.rglob("*") if path.is_file()}
    scene.find("alice")
    scene.engine.diff("latest", "live", progress=scene.progress)
    assert {path: path.read_bytes() for path in scene.world.database.parent.rglob("*") if path.is_file()} == before


# --- diff ----------------------------------------------------------------------------------------


def test_a_snapshot_a_time_the_newest_and_what_lives_can_be_compared(scene: Scene) -> None:
    first = scene.save(BEFORE)
    scene.save(AFTER)
    scene.world.clock.advance(1800)
    for before, after in ((first, "latest"), (first, "live"), ("80m ago", "live"), ("80m ago", "1m ago")):
        report = scene.engine.diff(before, after, progress=scene.progress)
        assert report.before.startswith(f"{first} of 2026-11-23 ")
        assert len(report.difference.changes) == 16
    for before, after in (("20m ago", "live"), ("latest", "live"), (first, "80m ago")):
        assert scene.engine.diff(before, after, progress=scene.progress).difference.changes == ()
    with pytest.raises(SnapshotNotFound, match="the first is"):
        scene.engine.diff("2d ago", "live", progress=scene.progress)


def test_a_snapshot_and_a_file_can_be_compared(scene: Scene, tmp_path: Path) -> None:
    first = scene.save(BEFORE)
    (tmp_path / "copy.db").write_bytes(AFTER)
    report = scene.engine.diff(first, open_file(tmp_path / "copy.db"), progress=scene.progress)
    assert len(report.difference.changes) == 16
    assert report.after == str(tmp_path / "copy.db")


def test_what_is_no_services_database_is_not_compared(progress: Progress) -> None:
    """Else everybody would be called dropped."""
    good = Side(label="a", reference="a", content=BEFORE)
    for content in (b"SQLite format 3\0", b"OBJECT x\n", b"Dear diary"):
        with pytest.raises(SourceUnreadable, match=r"b is not a services\.db"):
            diff(good, Side(label="b", reference="b", content=content), casemapping="rfc1459", progress=progress)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7q2fk3", ("7q2fk3", "live")),
        ("7q2fk3 latest", ("7q2fk3", "latest")),
        ("7q2fk3 9abcde", ("7q2fk3", "9abcde")),
        ("yesterday 21:00", ("yesterday 21:00", "live")),
        ("yesterday 21:00 live", ("yesterday 21:00", "live")),
        ("2h ago", ("2h ago", "live")),
        ("2h ago 1h ago", ("2h ago", "1h ago")),
        ("2h ago to 1h ago", ("2h ago", "1h ago")),
        ("2026-11-21 20:58 2026-11-22 20:58", ("2026-11-21 20:58", "2026-11-22 20:58")),
        ("yesterday today", ("yesterday", "today")),
        ("live 7q2fk3", ("live", "7q2fk3")),
    ],
)
def test_one_or_two_snapshots_in_the_words_of_chat(text: str, expected: tuple[str, str], clock: FakeClock) -> None:
    assert split_references(text.split(), clock.now()) == expected


@pytest.mark.parametrize("text", ["to", "a b c", "/etc/passwd", "a /etc/passwd"])
def test_what_is_neither_an_id_nor_a_time_is_refused(text: str, clock: FakeClock) -> None:
    """No path of this host can be named in chat."""
    with pytest.raises(SnapshotNotFound):
        split_references(text.split(), clock.now())


def test_what_is_an_unclear_time_is_said_to_be_one(clock: FakeClock) -> None:
    with pytest.raises(TimeUnclear, match="of which day"):
        split_references(["21:00"], clock.now())


# --- export --------------------------------------------------------------------------------------


class Forgotten:
    """Alice asked to be forgotten."""

    def account(self, uid: bytes, registered: bytes) -> str:
        return "2026-11-20" if (uid, registered) == (b"AAAAAAAAC", b"1795396558") else ""

    def name(self, folded: bytes) -> str:
        return "2026-11-20" if folded == b"ALICE" else ""


def test_an_export_is_of_what_lives_or_of_a_snapshot_and_is_written_down(scene: Scene) -> None:
    scene.save(BEFORE)
    made = scene.engine.export("alice_alt", "live", by="root", progress=scene.progress)
    assert made.account == "alice"
    scene.save(AFTER)
    scene.world.clock.advance(1800)
    with pytest.raises(AccountNotFound, match="alice is not in live"):
        scene.engine.export("alice", "live", by="root", progress=scene.progress)
    made = scene.engine.export("alice", "80m ago", by="root", progress=scene.progress)
    assert " of 2026-" in made.source
    journal = (scene.world.state / "audit.jsonl").read_text()
    assert journal.count('"export"') == 2
    assert "alice@lab.test" not in journal


def test_who_was_forgotten_is_exported_from_nowhere(scene: Scene) -> None:
    """Neither where the account still is, in an old snapshot, nor where only its name is remembered."""
    now = scene.world.clock.now()
    for content in (BEFORE, AFTER):
        with pytest.raises(PlanBlocked, match="alice was forgotten on 2026-11-20"):
            export(
                "alice",
                Side(label="here", reference="here", content=content),
                scene.engine.site,
                erasure=Forgotten(),
                now=now,
            )


def test_somebody_else_who_bears_the_name_of_a_forgotten_one_gets_an_export(scene: Scene) -> None:
    side = Side(label="here", reference="here", content=ANEW)
    made = export("alice", side, scene.engine.site, erasure=Forgotten(), now=scene.world.clock.now())
    assert made.account == "alice"
