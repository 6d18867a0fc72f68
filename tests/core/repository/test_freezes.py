"""What begins by itself ends by itself, people have the last word, and what cannot be read holds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.errors import PlanBlocked
from core.domain.notice import Trouble
from core.guards.guard import Guard
from core.guards.watch import look
from core.operations.frozen import freeze_by
from core.repository.freezes import Freezes
from core.repository.pins import Pins

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
UNSAVED = Trouble(cause="saving/services", gravity="emergency", title="services do not save", freezes=True)


@pytest.fixture
def freezes(tmp_path: Path) -> Freezes:
    return Freezes(tmp_path)


def test_what_holds_is_told_until_it_is_let_go(freezes: Freezes, tmp_path: Path) -> None:
    assert not freezes.frozen()
    assert freezes.hold("held/services", "snapshot 7q2fk3 is\nheld", at=NOW, by_guard=True)
    assert not freezes.hold("held/services", "another word", at=NOW), "the first word stands"
    assert freezes.hold("saving/services", "services do not save", at=NOW)
    told = Pins(tmp_path).held(NOW).frozen
    assert told == (
        "snapshot 7q2fk3 is held (since 2026-11-23 09:30Z, ends by itself); "
        "services do not save (since 2026-11-23 09:30Z)"
    )
    assert freezes.release("held/services")
    assert not freezes.release("held/services")
    assert [freeze.cause for freeze in freezes.standing()] == ["saving/services"]
    assert freezes.release("saving/services")
    assert not Pins(tmp_path).held(NOW).frozen


def test_it_holds_beside_the_word_of_people_and_ends_alone(freezes: Freezes, tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    pins.freeze("the merger", by="alice", at=NOW)
    freezes.hold("saving/services", "services do not save", at=NOW)
    assert pins.held(NOW).frozen.startswith("the merger (by alice); services do not save (since")
    freezes.release("saving/services")
    assert pins.held(NOW).frozen == "the merger (by alice)"


def test_people_overrule_it_until_it_ends_and_begins_anew(freezes: Freezes, tmp_path: Path) -> None:
    """A disk may be full of snapshots: what freezes them must not be what nobody can get past."""
    pins = Pins(tmp_path)
    freezes.hold("saving/services", "services do not save", at=NOW)
    assert pins.thaw(by="alice", at=NOW).startswith("services do not save")
    assert not freezes.hold("saving/services", "services do not save", at=NOW), "the guard looks again in 30 s"
    assert not pins.held(NOW).frozen
    with pytest.raises(PlanBlocked, match="nothing is frozen"):
        pins.thaw(by="alice", at=NOW)
    freezes.release("saving/services")
    freezes.hold("saving/services", "services do not save", at=NOW)
    assert pins.held(NOW).frozen


def test_one_that_cannot_be_read_holds_until_somebody_has_looked(freezes: Freezes, tmp_path: Path) -> None:
    freezes.hold("held/services", "held", at=NOW)
    (file,) = (tmp_path / "freezes").iterdir()
    file.write_bytes(b'{"why": "he')
    pins = Pins(tmp_path)
    assert "what the state directory says of held/services is damaged" in pins.held(NOW).frozen
    pins.thaw(by="alice", at=NOW)
    assert not pins.held(NOW).frozen


def guards(troubles: Sequence[Trouble], name: str = "saving") -> list[Guard]:
    return [Guard(name=name, look=lambda: troubles)]


def _blind() -> Sequence[Trouble]:
    raise RuntimeError


def test_what_a_guard_finds_freezes_until_it_looks_and_finds_it_no_more(freezes: Freezes) -> None:
    freezes.hold("held/services", "held by a backup, and by no guard", at=NOW)
    freeze_by(look(guards([UNSAVED])), freezes, NOW)
    freeze_by(look(guards([UNSAVED])), freezes, NOW)
    assert [freeze.cause for freeze in freezes.standing()] == ["held/services", "saving/services"]
    freeze_by(look([Guard(name="saving", look=_blind)]), freezes, NOW)
    assert len(freezes.standing()) == 2, "who cannot look ends nothing"
    freeze_by(look(guards([])), freezes, NOW)
    assert [freeze.cause for freeze in freezes.standing()] == ["held/services"]


def test_a_guard_that_is_switched_off_holds_nothing_any_more(freezes: Freezes) -> None:
    freeze_by(look(guards([UNSAVED])), freezes, NOW)
    freeze_by(look(guards([], name="disk")), freezes, NOW)
    assert not freezes.standing()
