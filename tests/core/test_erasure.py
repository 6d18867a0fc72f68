"""Tombstones: whoever asked to be forgotten stays forgotten, nobody can read who it was, and doubt is told."""

import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import ErasureUnknown, ObjectNotFound
from core.erasure import Tombstone, Tombstones, account_tag, name_tag
from core.jsonl import append
from core.registrations.wish import Erasure

ALICE = (b"AAAAAAAAB", b"1700000000")
NAMES = (b"ALICE", b"ALICE_ALT")
DAY = "2026-11-20"


def bury(
    store: Tombstones, uid: bytes = ALICE[0], registered: bytes = ALICE[1], names: tuple[bytes, ...] = NAMES
) -> Tombstone:
    return store.bury(uid=uid, registered=registered, names=names, day=DAY, by="the host's owner")


def lines(folder: Path) -> list[bytes]:
    return (folder / "tombstones.jsonl").read_bytes().splitlines(keepends=True)


def test_a_forgotten_account_is_known_by_its_identity_and_by_each_name(tmp_path: Path) -> None:
    """And nobody else is: not who registers the name anew, nor who was registered in the same second."""
    store = Tombstones(tmp_path)
    bury(store)
    erasure: Erasure = store
    assert erasure.account(*ALICE) == DAY
    assert [erasure.name(name) for name in NAMES] == [DAY, DAY]
    assert erasure.account(b"AAAAAAAAC", ALICE[1]) == ""
    assert erasure.account(ALICE[0], b"1700000001") == ""
    assert erasure.name(b"ALIC") == erasure.name(b"BOB") == erasure.name(b"") == ""


def test_asking_makes_no_file(tmp_path: Path) -> None:
    """A host where nobody was ever forgotten has neither store nor key."""
    store = Tombstones(tmp_path)
    assert (store.account(*ALICE), store.name(b"ALICE")) == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_both_files_are_ours_alone_and_the_key_is_never_told(tmp_path: Path) -> None:
    stone = bury(Tombstones(tmp_path / "state"))
    key = (tmp_path / "state" / "tombstone.key").read_bytes()
    assert len(key) == 32
    assert [path.stat().st_mode & 0o777 for path in sorted((tmp_path / "state").iterdir())] == [0o600, 0o600]
    assert key not in lines(tmp_path / "state")[0]
    assert key.hex().encode() not in b"".join(lines(tmp_path / "state"))
    assert not any(tag in repr(stone) for tag in stone.tags)


def test_two_keys_give_the_same_person_different_tags(tmp_path: Path) -> None:
    """Two networks cannot compare whom they forgot."""
    one, other = bury(Tombstones(tmp_path / "one")), bury(Tombstones(tmp_path / "other"))
    assert not one.tags & other.tags


@given(st.tuples(st.binary(), st.binary()), st.tuples(st.binary(), st.binary()))
def test_no_two_accounts_share_a_tag(one: tuple[bytes, bytes], other: tuple[bytes, bytes]) -> None:
    """Not even where uid and time run into each other."""
    key = b"k" * 32
    assert (account_tag(key, *one) == account_tag(key, *other)) == (one == other)
    assert account_tag(key, one[0] + one[1], b"") != account_tag(key, b"", one[0] + one[1]) or not any(one)
    assert account_tag(key, *one) not in {name_tag(key, one[0]), name_tag(key, b"".join(one))}


@given(st.lists(st.text("QXWZ", min_size=4, max_size=12), min_size=1, max_size=4, unique=True))
def test_no_name_and_no_beginning_of_one_is_in_any_file(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    bury(Tombstones(folder), names=tuple(name.encode() for name in names))
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).upper()
    for name in names:
        assert name.encode()[:4] not in written
        assert name.encode().hex()[:8].upper().encode() not in written


def test_another_process_sees_it_at_once(tmp_path: Path) -> None:
    """The bot runs for months; `backupserv forget` is typed beside it."""
    bot, shell = Tombstones(tmp_path), Tombstones(tmp_path)
    assert bot.account(*ALICE) == ""
    stone = bury(shell)
    assert bot.account(*ALICE) == DAY
    shell.lift(stone.id, day="2026-11-21", by="the host's owner")
    assert bot.account(*ALICE) == bot.name(b"ALICE") == ""


def test_a_tombstone_is_lifted_by_a_line_more(tmp_path: Path) -> None:
    """What was written stays written; another person's tombstone still holds."""
    store = Tombstones(tmp_path)
    stone, other = bury(store), bury(store, b"AAAAAAAAC", names=(b"BOB", b"ALICE"))
    before = lines(tmp_path)
    lifted = store.lift(stone.id.lower(), day="2026-11-21", by="the host's owner")
    assert lines(tmp_path)[: len(before)] == before
    assert (lifted.id, lifted.lifted, lifted.holds) == (stone.id, "2026-11-21", False)
    assert (store.account(*ALICE), store.name(b"ALICE_ALT"), store.name(b"ALICE")) == ("", "", DAY)
    assert [(one.id, one.holds) for one in store.forgotten().tombstones] == [(stone.id, False), (other.id, True)]


def test_what_does_not_hold_cannot_be_lifted(tmp_path: Path) -> None:
    store = Tombstones(tmp_path)
    stone = bury(store)
    store.lift(stone.id, day=DAY, by="me")
    for wanted in (stone.id, "222222", ""):
        with pytest.raises(ObjectNotFound):
            store.lift(wanted, day=DAY, by="me")


def test_who_is_forgotten_already_gets_no_second_tombstone(tmp_path: Path) -> None:
    """Unless a name has come to light since, or the first one was lifted."""
    store = Tombstones(tmp_path)
    first = bury(store)
    assert bury(store) == bury(store, names=(b"ALICE",)) == first
    assert bury(store, names=(*NAMES, b"ALICIA")).id != first.id
    assert len(store.forgotten().tombstones) == 2
    store.lift(first.id, day=DAY, by="me")
    assert store.account(*ALICE) == DAY


# --- doubt is told, and brings nobody back --------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Tombstones:
    """Two people are forgotten here."""
    store = Tombstones(tmp_path)
    bury(store)
    bury(store, b"AAAAAAAAC", names=(b"BOB",))
    return store


def refuses(store: Tombstones, match: str) -> None:
    """Every question and every change ends in the same error, in a process that starts now too; nothing is written."""
    before = store.path.read_bytes() if store.path.exists() else None
    for one in (store, Tombstones(store.path.parent)):
        for ask in (partial(one.account, *ALICE), partial(one.name, b"NOBODY"), partial(bury, one), one.forgotten):
            with pytest.raises(ErasureUnknown, match=match) as caught:
                ask()
            assert caught.value.hint
    assert (store.path.read_bytes() if store.path.exists() else None) == before


def test_a_lost_key_is_told(store: Tombstones) -> None:
    store.key_path.unlink()
    refuses(store, r"tombstone\.key cannot be read: No such file")


def test_another_key_is_told(store: Tombstones) -> None:
    """Every question would be answered "nobody"."""
    store.key_path.write_bytes(b"x" * 32)
    refuses(store, "another key")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_half_a_key_is_told(store: Tombstones, content: bytes) -> None:
    store.key_path.write_bytes(content)
    refuses(store, "not the key that was made")


def test_a_lost_store_is_told(store: Tombstones) -> None:
    """The key is made behind the store's first line, so a key alone is no fresh start."""
    store.path.unlink()
    refuses(store, "is gone")
    store.path.touch()
    refuses(store, "is gone")


def test_a_line_that_was_cut_anywhere_is_told(store: Tombstones) -> None:
    """The last one, as a crash tears it."""
    whole = store.path.read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(start + 1, len(whole) - 1):
        store.path.write_bytes(whole[:cut])
        with pytest.raises(ErasureUnknown, match=r"line 3 of .* is torn or was changed"):
            Tombstones(store.path.parent).account(*ALICE)
    refuses(store, "line 3")


def test_a_line_that_was_changed_is_told(store: Tombstones) -> None:
    store.path.write_bytes(store.path.read_bytes().replace(DAY.encode(), b"2031-01-01", 1))
    refuses(store, r"line 2 of .* is torn or was changed")


@pytest.mark.parametrize("gone", [0, 1])
def test_a_line_that_was_taken_out_is_told(store: Tombstones, gone: int) -> None:
    kept = lines(store.path.parent)
    del kept[gone]
    store.path.write_bytes(b"".join(kept))
    refuses(store, "a line is missing")


def test_what_a_later_version_wrote_is_told(store: Tombstones) -> None:
    """It may be a way of forgetting that this version does not know."""
    append(store.path, {"number": 3, "kind": "sealed"})
    refuses(store, "does not know")


def test_a_torn_line_is_mended_by_taking_it_out_and_forgetting_again(store: Tombstones) -> None:
    """As the hint says."""
    kept = lines(store.path.parent)
    store.path.write_bytes(b"".join(kept[:2]) + kept[2][:40])
    refuses(store, "line 3")
    store.path.write_bytes(b"".join(kept[:2]))
    assert store.account(b"AAAAAAAAC", ALICE[1]) == ""
    bury(store, b"AAAAAAAAC", names=(b"BOB",))
    assert store.account(b"AAAAAAAAC", ALICE[1]) == DAY


def test_a_crash_before_the_first_tombstone_blocks_nothing(tmp_path: Path) -> None:
    """Between the file and the key, and between the key and the first tombstone: nobody is forgotten yet."""
    store = Tombstones(tmp_path)
    append(store.path, {"number": 0, "kind": "tombstones"})
    assert store.account(*ALICE) == ""
    store.key_path.write_bytes(b"k" * 32)
    assert store.account(*ALICE) == ""
    bury(store)
    assert store.key_path.read_bytes() == b"k" * 32
    assert store.account(*ALICE) == DAY


def test_a_line_says_when_by_whom_and_nothing_that_can_be_read(tmp_path: Path) -> None:
    bury(Tombstones(tmp_path))
    fields = json.loads(lines(tmp_path)[1])
    assert set(fields) == {"number", "kind", "id", "day", "by", "key", "tags", "check"}
    assert len(fields["tags"]) == 3
    assert all(len(tag) == 64 and set(tag) <= set("0123456789abcdef") for tag in fields["tags"])
