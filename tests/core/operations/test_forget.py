"""Forgetting somebody: whoever bore the name is found, one of them is chosen, and no file of ours tells who it was."""

import json

import pytest

from core.domain.errors import AccountNotFound, ErasureUnknown, ObjectNotFound, PlanBlocked
from core.operations.bearers import Bearer
from core.operations.forget import not_done
from core.ports import Progress
from tests.core.operations.world import AFTER, BEFORE, World
from tests.fakes import RecordingProgress

ALICE = b"MU AAAAAAAAC alice "
BORN = b"1795396558"  # 2026-11-23 in the sample
OTHER = b"1700000000"  # 2023-11-14: somebody else who had that name before her


def earlier(content: bytes) -> bytes:
    """The database in which alice is somebody else: dropped, and registered anew by another person."""
    (row,) = (line for line in content.split(b"\n") if line.startswith(ALICE))
    return content.replace(row, row.replace(BORN, OTHER, 1)).replace(b"alice_alt", b"alizia")


def keep(world: World, *contents: bytes) -> None:
    """A snapshot of each, one after the other."""
    for content in contents:
        world.database.write_bytes(content)
        world.engine.back_up(reason="test", progress=RecordingProgress())
        world.clock.advance(3600)


def only(world: World, nick: str, **choice: object) -> Bearer:
    found = world.engine.bearers(nick, progress=RecordingProgress())
    (one,) = found.chosen(str(choice["registered"]) if choice else None, everybody=False)
    return one


def test_she_is_found_by_any_nick_wherever_she_is(world: World) -> None:
    """In the living database, and in how many snapshots; folded as the network compares names."""
    keep(world, AFTER, BEFORE)
    for nick in ("alice", "ALICE_ALT", "alice\\AWAY", "Alice|away"):
        one = only(world, nick)
        assert (one.account, one.snapshots, one.living) == ("alice", 1, True)
        assert set(one.names) == {b"ALICE", b"ALICE_ALT", b"ALICE\\AWAY"}
    assert str(only(world, "alice")) == (
        "alice (registered 2026-11-23, also Alice|away, alice_alt), in the living database and in 1 snapshot"
    )


def test_who_was_dropped_is_found_in_the_snapshots(lost: World) -> None:
    one = only(lost, "alice")
    assert (one.snapshots, one.living) == (1, False)


def test_a_nick_that_she_had_only_once_is_forgotten_too(world: World) -> None:
    """Every name that the account ever bore counts, whichever of them was typed."""
    keep(world, BEFORE, BEFORE.replace(b"MN alice alice_alt", b"MN alice aline"))
    assert set(only(world, "aline").names) == set(only(world, "alice_alt").names)
    assert {b"ALINE", b"ALICE_ALT"} <= set(only(world, "alice").names)


def test_each_content_is_opened_once_and_each_snapshot_is_counted(world: World) -> None:
    keep(world, BEFORE, AFTER, BEFORE)
    progress = RecordingProgress()
    (one,) = world.engine.bearers("alice", progress=progress).found
    assert one.snapshots == 2
    assert len(progress.steps) == 3  # the living database, and two contents
    assert not any("alice" in step for step in progress.steps)


def test_of_several_who_bore_the_name_one_must_be_chosen(world: World) -> None:
    """By the day of registration, or all of them; nobody is forgotten by mistake."""
    keep(world, earlier(BEFORE), BEFORE)
    found = world.engine.bearers("alice", progress=RecordingProgress())
    assert [one.registered for one in found.found] == [BORN, OTHER]
    with pytest.raises(PlanBlocked, match=r"2 accounts bore alice: registered 2026-11-23 .*, 2023-11-14") as caught:
        found.chosen(None, everybody=False)
    assert "--registered" in caught.value.hint
    assert [one.registered for one in found.chosen("2023-11-14", everybody=False)] == [OTHER]
    assert len(found.chosen(None, everybody=True)) == 2
    with pytest.raises(AccountNotFound, match="2020-01-01"):
        found.chosen("2020-01-01", everybody=False)


def test_who_came_back_under_a_new_uid_is_one_person(world: World) -> None:
    """Services may give another uid; the second of the registration stays, and both are forgotten together."""
    keep(world, BEFORE, BEFORE.replace(ALICE, b"MU AAAAAAAAL alice ").replace(b"LUID AAAAAAAAKA", b"LUID AAAAAAAAL"))
    found = world.engine.bearers("alice", progress=RecordingProgress())
    assert len(found.chosen(None, everybody=False)) == 2


def test_nobody_of_that_name_is_told(lost: World, progress: Progress) -> None:
    with pytest.raises(AccountNotFound, match="neither in the living database nor in any snapshot"):
        lost.engine.bearers("nobody", progress=progress)


def test_a_damaged_snapshot_is_told_and_hinders_nobody(world: World, progress: Progress) -> None:
    """What could not be looked into is named, also where nobody was found."""
    keep(world, BEFORE, AFTER)
    snapshot = world.engine.snapshots()[1]
    path = world.state.parent / "repository" / snapshot.key
    path.write_bytes(b"x" * len(path.read_bytes()))
    world.database.unlink()
    found = world.engine.bearers("alice", progress=progress)
    assert [one.account for one in found.found] == ["alice"]
    assert len(found.unread) == 2
    assert "living database" in found.unread[0]
    assert snapshot.tail in found.unread[1]
    with pytest.raises(AccountNotFound, match=rf"not looked into: .*{snapshot.tail}"):
        world.engine.bearers("nobody", progress=progress)


def test_forgotten_is_the_account_and_each_of_its_names(lost: World) -> None:
    """And not the other person who bore the name before or after."""
    one = only(lost, "alice")
    (stone,) = lost.engine.forget([one], by="the host's owner")
    erasure = lost.engine.tombstones
    assert erasure.account(b"AAAAAAAAC", BORN) == stone.day == "2026-11-23"
    assert [erasure.name(name) for name in (b"ALICE", b"ALICE_ALT", b"BOB")] == [stone.day, stone.day, ""]
    assert erasure.account(b"AAAAAAAAC", OTHER) == ""
    again = only(lost, "alice")
    assert again.forgotten == stone.day
    assert str(again).endswith("; forgotten since 2026-11-23")


def test_one_person_is_forgotten_and_the_other_is_not(world: World) -> None:
    keep(world, earlier(BEFORE), BEFORE)
    world.engine.forget([only(world, "alice", registered="2023-11-14")], by="me")
    erasure = world.engine.tombstones
    assert (erasure.account(b"AAAAAAAAC", OTHER), erasure.account(b"AAAAAAAAC", BORN)) == ("2026-11-23", "")


def test_no_file_of_ours_tells_who_it_was(world: World) -> None:
    """The journal knows the tombstone, not the person."""
    keep(world, BEFORE)
    one = only(world, "alice")
    (stone,) = world.engine.forget([one], by="the host's owner")
    for path in (path for path in world.state.rglob("*") if path.is_file()):
        content = path.read_bytes().upper()
        for name in one.names:
            assert name[:4] not in content, path
    last = json.loads((world.state / "audit.jsonl").read_text().splitlines()[-1])
    assert {key: last[key] for key in ("event", "id", "by", "tags")} == {
        "event": "forget",
        "id": stone.id,
        "by": "the host's owner",
        "tags": 4,
    }


def test_forgetting_twice_is_one_tombstone_and_one_line(lost: World) -> None:
    first = lost.engine.forget([only(lost, "alice")], by="me")
    trail = (lost.state / "audit.jsonl").read_text()
    assert lost.engine.forget([only(lost, "alice")], by="me") == first
    assert (lost.state / "audit.jsonl").read_text() == trail


def test_a_tombstone_can_be_lifted_and_that_is_written_down(lost: World) -> None:
    (stone,) = lost.engine.forget([only(lost, "alice")], by="me")
    lost.clock.advance(86400)
    assert lost.engine.lift(stone.id, by="me").lifted == "2026-11-24"
    assert lost.engine.tombstones.account(b"AAAAAAAAC", BORN) == ""
    assert '"forget lifted"' in (lost.state / "audit.jsonl").read_text().splitlines()[-1]
    with pytest.raises(ObjectNotFound):
        lost.engine.lift(stone.id, by="me")


def test_with_the_key_lost_nothing_is_found_or_forgotten(lost: World, progress: Progress) -> None:
    """An answer that cannot be given never looks like "nobody was forgotten"."""
    lost.engine.forget([only(lost, "alice")], by="me")
    assert lost.engine.status().ok
    (lost.state / "tombstone.key").unlink()
    assert any("who was forgotten cannot be told" in trouble for trouble in lost.engine.status().troubles)
    with pytest.raises(ErasureUnknown):
        lost.engine.bearers("alice", progress=progress)


def test_what_is_not_done_is_said(world: World, progress: Progress) -> None:
    """The living account and the sealed snapshots are somebody's work; where there is none, it is not said."""
    keep(world, BEFORE)
    told = "\n".join(not_done([only(world, "alice")]))
    assert "/msg NickServ FDROP alice" in told
    assert "sealed snapshots still hold the data until they are pruned (1 now)" in told
    world.database.write_bytes(AFTER)
    assert "FDROP" not in "\n".join(not_done(world.engine.bearers("alice", progress=progress).found))
