"""Every guard looks; one that cannot is told, and is never taken for good news."""

from collections.abc import Iterator

from core.domain.errors import StorageUnavailable
from core.domain.notice import Trouble
from core.guards.guard import Guard, each
from core.guards.watch import Rounds, look


def _full() -> Iterator[Trouble]:
    yield Trouble(cause="disk/services", gravity="error", title="full")


def _blind() -> Iterator[Trouble]:
    raise StorageUnavailable("the folder cannot be read")
    yield


def _broken() -> Iterator[Trouble]:
    raise RuntimeError("private words")
    yield


def test_what_is_found_is_so_and_everything_else_of_that_guard_is_well() -> None:
    looked = look([Guard(name="disk", look=_full)])
    assert [trouble.cause for trouble in looked.troubles] == ["disk/services"]
    assert not looked.is_well("disk/services")
    assert looked.is_well("disk/offsite")
    assert looked.is_well("blind/disk")
    assert not looked.is_well("diskette/x")
    assert not looked.is_well("backup/services")


def test_a_guard_that_cannot_look_makes_nothing_well_and_stops_no_other() -> None:
    looked = look([Guard(name="locks", look=_blind), Guard(name="keys", look=_broken), Guard(name="disk", look=_full)])
    assert [trouble.cause for trouble in looked.troubles] == ["blind/locks", "blind/keys", "disk/services"]
    assert "the folder cannot be read" in looked.troubles[0].title
    assert "private words" not in looked.troubles[1].title
    assert not looked.is_well("locks/offsite")


def test_one_whose_look_is_good_for_longer_is_asked_when_its_turn_comes() -> None:
    """What it found stands meanwhile: it is neither told again nor called well."""
    asked: list[str] = []

    def rarely() -> Iterator[Trouble]:
        asked.append("rarely")
        yield Trouble(cause="locks/offsite", gravity="warning", title="ends soon")

    rounds = Rounds([Guard(name="locks", look=rarely, every_seconds=3600), Guard(name="disk", look=_full)])
    first, between, later = (rounds.look(moment) for moment in (0.0, 3599.0, 3600.0))
    assert asked == ["rarely", "rarely"]
    assert [item.cause for item in first.troubles] == ["locks/offsite", "disk/services"]
    assert [item.cause for item in between.troubles] == ["disk/services"]
    assert [item.cause for item in between.standing] == ["locks/offsite"]
    assert not between.is_well("locks/offsite")
    assert not between.is_well("locks/another")
    assert later.is_well("locks/another")


def test_those_that_may_wait_for_long_are_asked_apart_and_what_they_found_stands() -> None:
    """Whoever asks the others neither tells it again, nor takes it for well, nor lets go what it freezes."""

    def rarely() -> Iterator[Trouble]:
        yield Trouble(cause="locks/offsite", gravity="warning", title="ends soon", freezes=True)

    rounds = Rounds([Guard(name="locks", look=rarely, every_seconds=1), Guard(name="disk", look=_full)])
    assert [item.cause for item in rounds.look(0, rarely=False).troubles] == ["disk/services"]
    apart = rounds.look(0, rarely=True)
    assert [item.cause for item in apart.troubles] == ["locks/offsite"]
    assert [item.cause for item in apart.standing] == ["disk/services"]
    again = rounds.look(30, rarely=False)
    assert [item.cause for item in again.standing] == ["locks/offsite"]
    assert not again.is_well("locks/offsite")


def test_what_one_found_before_it_could_not_look_on_is_told() -> None:
    """A disk that is full is full, also where the next one does not answer."""
    looked = look([Guard(name="disk", look=lambda: each([_blind, _full, _broken]))])
    assert [trouble.cause for trouble in looked.troubles] == ["disk/services", "blind/disk"]
    assert not looked.is_well("disk/offsite")
    looked = look([Guard(name="disk", look=lambda: each([_blind, _full]))])
    assert [trouble.cause for trouble in looked.troubles] == ["disk/services", "blind/disk"]
    assert "the folder cannot be read" in looked.troubles[1].title


def test_one_that_could_not_look_tries_again_long_before_its_turn() -> None:
    """A bucket that did not answer for a moment is not unknown for hours."""
    found: list[Iterator[Trouble]] = [_blind(), _full()]
    rounds = Rounds([Guard(name="locks", look=lambda: found.pop(0), every_seconds=21600)])
    assert [item.cause for item in rounds.look(0).troubles] == ["blind/locks"]
    assert [item.cause for item in rounds.look(299).standing] == ["blind/locks"]
    again = rounds.look(300)
    assert again.is_well("blind/locks")
    assert rounds.look(21899).standing == again.troubles
