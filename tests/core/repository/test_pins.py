"""Pins hold until they are taken away or end by themselves, and what cannot be read never lets anything go."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.domain.errors import PlanBlocked, SnapshotNotFound
from core.repository.pins import Pins
from core.repository.refusals import Refusals

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ID = "20261123T093000Z-7q2fk3"


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    return Pins(tmp_path / "state")


def test_a_pin_holds_until_it_is_taken_away(pins: Pins) -> None:
    assert not pins.held(NOW).pins
    pins.pin(ID, "the \x02merger\nof two", by="alice", at=NOW)
    pins.pin(ID, "the merger of 2026", by="alice", at=NOW)
    assert pins.held(NOW + timedelta(days=9999)).reasons == {ID: "the merger of 2026"}
    pins.unpin(ID, by="carol", at=NOW)
    assert not pins.held(NOW).pins
    with pytest.raises(SnapshotNotFound, match="7q2fk3 is not pinned"):
        pins.unpin(ID, by="carol", at=NOW)


def test_a_reason_is_one_line_that_can_be_said_in_chat(pins: Pins) -> None:
    pin = pins.pin(ID, "the \x02merger\n\x03of  two" + "x" * 500, by="alice", at=NOW)
    assert pin.reason.startswith("the merger of twoxxx")
    assert len(pin.reason) == 200


def test_one_that_ends_by_itself_ends_no_other(pins: Pins) -> None:
    pins.pin(ID, "mine", by="alice", at=NOW)
    pins.pin(ID, "restore 7Q2F used it", by="BackupServ", at=NOW, until=NOW + timedelta(days=7))
    pins.pin(ID, "an older one", by="BackupServ", at=NOW, until=NOW + timedelta(days=2))
    assert pins.held(NOW + timedelta(days=6)).reasons == {ID: "mine; restore 7Q2F used it"}
    assert pins.held(NOW + timedelta(days=7)).reasons == {ID: "mine"}


def test_what_is_frozen_stays_so_until_it_is_thawed(pins: Pins) -> None:
    pins.freeze("something is wrong", by="alice", at=NOW)
    assert pins.held(NOW + timedelta(days=999)).frozen == "something is wrong (by alice)"
    assert pins.thaw(by="carol", at=NOW) == "something is wrong (by alice)"
    assert not pins.held(NOW).frozen
    with pytest.raises(PlanBlocked, match="nothing is frozen"):
        pins.thaw(by="carol", at=NOW)


@pytest.mark.parametrize("harm", [b'{"pin": "20261', b'{"pin": "x", "check": "0123456789abcdef"}\n', b"\xff\n"])
def test_a_line_that_cannot_be_read_may_have_been_a_pin(pins: Pins, tmp_path: Path, harm: bytes) -> None:
    """So nothing goes until somebody has looked; then it is over, and the next torn line counts anew."""
    path = tmp_path / "state" / "pins.jsonl"
    pins.pin(ID, "mine", by="alice", at=NOW)
    with path.open("ab") as file:
        file.write(harm)
    held = pins.held(NOW)
    assert f"line 2 of {path} is torn or changed" in held.frozen
    assert held.reasons == {ID: "mine"}
    pins.thaw(by="alice", at=NOW)
    assert not pins.held(NOW).frozen
    with path.open("ab") as file:
        file.write(harm)
    assert f"line 4 of {path}" in pins.held(NOW).frozen


def test_what_a_lock_keeps_is_asked_for_again_when_the_lock_ends(tmp_path: Path) -> None:
    refusals = Refusals(tmp_path)
    refusals.note("s3", {"a": NOW + timedelta(days=30)}, NOW)
    assert str(refusals.waiting("s3", NOW)["a"]) == "by a lock until 2026-12-23 09:30Z"
    assert set(refusals.waiting("s3", NOW + timedelta(days=29))) == {"a"}
    assert not refusals.waiting("s3", NOW + timedelta(days=30))
    assert not refusals.waiting("disk", NOW)


def test_where_nobody_says_how_long_it_is_asked_less_and_less_often(tmp_path: Path) -> None:
    refusals, asked, now = Refusals(tmp_path), 0, NOW
    while now < NOW + timedelta(days=365):
        if "a" not in refusals.waiting("sftp", now):
            refusals.note("sftp", {"a": None}, now)
            asked += 1
        now += timedelta(days=1)
    assert 10 < asked < 20
    (tmp_path / "retained.json").write_bytes(b"{")
    assert not refusals.waiting("sftp", now), "it is only a memory"
