"""What goes into the outbox comes out of it, in order, for every target that wants it, until it was heard."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import StorageUnavailable
from core.domain.notice import Gravity, Target, Trouble
from core.notices.incident import SETTLES
from core.notices.notices import Notices
from core.notices.outbox import Delivery, Outbox
from tests.fakes import FakeClock

ALL = Target(name="discord")
GRAVE = Target(name="mail", least="error")


@pytest.fixture
def notices(tmp_path: Path, clock: FakeClock) -> Iterator[Notices]:
    made = Notices(tmp_path, [ALL, GRAVE], clock)
    yield made
    made.close()


def _trouble(cause: str = "backup/services", gravity: Gravity = "error") -> Trouble:
    return Trouble(cause=cause, gravity=gravity, title=f"{cause} failed", suggestion="!backup now")


def _next(outbox: Outbox, target: str = "discord") -> Delivery:
    found = outbox.next(target)
    assert isinstance(found, Delivery)
    return found


def _drain(outbox: Outbox, target: str) -> list[str]:
    heard = []
    while isinstance(found := outbox.next(target), Delivery):
        heard.append(found.notice.headline)
        outbox.delivered(found)
    return heard


def test_a_trouble_is_told_where_it_is_wanted_and_ends_where_it_was_told(notices: Notices, clock: FakeClock) -> None:
    notices.trouble(_trouble(gravity="warning"))
    notices.trouble(_trouble("disk", "error"))
    notices.trouble(_trouble("disk", "error"))
    notices.well("disk", "nothing/known")
    clock.advance(SETTLES.total_seconds())
    notices.tick()
    assert _drain(notices.outbox, "discord") == [
        "WARNING backup/services failed",
        "ERROR disk failed",
        "RESOLVED disk failed (2 times)",
    ]
    assert _drain(notices.outbox, "mail") == ["ERROR disk failed", "RESOLVED disk failed (2 times)"]
    assert [incident.cause for incident in notices.incidents()] == ["backup/services"]


def test_what_failed_stays_the_first_and_keeps_its_time(notices: Notices, clock: FakeClock) -> None:
    notices.trouble(_trouble("a"))
    at = clock.now()
    clock.advance(60)
    notices.trouble(_trouble("b"))
    first = _next(notices.outbox)
    notices.outbox.failed(first, "429", timedelta(seconds=40))
    assert notices.outbox.next("discord") == clock.now() + timedelta(seconds=40)
    clock.advance(41)
    again = _next(notices.outbox)
    assert (again.notice.id, again.notice.at, again.attempts) == (first.notice.id, at, 1)
    notices.outbox.delivered(again)
    assert _next(notices.outbox).notice.cause == "b"


def test_one_that_is_refused_holds_up_nobody(notices: Notices) -> None:
    notices.trouble(_trouble("a"))
    notices.trouble(_trouble("b"))
    notices.outbox.refused(_next(notices.outbox), "400")
    assert _drain(notices.outbox, "discord") == ["ERROR b failed"]


def test_a_target_that_is_gone_gets_nothing_more_and_the_others_all(notices: Notices) -> None:
    notices.trouble(_trouble("a"))
    assert notices.outbox.disable("discord", "404") == 1
    notices.trouble(_trouble("b"))
    assert notices.outbox.next("discord") is None
    assert _drain(notices.outbox, "mail") == ["ERROR a failed", "ERROR b failed"]
    assert [item.disabled for item in notices.outbox.backlog()] == ["404", ""]
    notices.outbox.enable("discord")
    notices.trouble(_trouble("c"))
    assert _drain(notices.outbox, "discord") == ["ERROR c failed"]


def test_after_a_long_outage_many_come_as_one_and_emergencies_by_themselves(notices: Notices, clock: FakeClock) -> None:
    for number in range(30):
        notices.tell("info", f"told {number}", cause="told")
    notices.tell("emergency", "the disk is full", cause="disk")
    clock.advance(3600)
    heard = _drain(notices.outbox, "discord")
    assert heard == [
        "INFO 30 notices waited from 2026-11-23 09:30Z to 2026-11-23 09:30Z, the worst: told 0",
        "EMERGENCY the disk is full",
    ]


def test_what_many_become_waits_as_long_as_the_first_of_them_was_asked_to(notices: Notices, clock: FakeClock) -> None:
    for number in range(30):
        notices.tell("info", f"told {number}", cause="told")
    clock.advance(3600)
    first = _next(notices.outbox)
    notices.outbox.failed(first, "answered 403", timedelta(hours=1))
    for number in range(30):
        notices.tell("info", f"told later {number}", cause="told")
    assert notices.outbox.next("discord") == clock.now() + timedelta(hours=1)
    assert notices.outbox.backlog()[0].waiting == 1
    assert notices.outbox.backlog()[0].why == "answered 403"
    clock.advance(3600)
    assert _next(notices.outbox).attempts == 1
    assert _next(notices.outbox).notice.stands_for == 60


def test_however_many_wait_the_queue_is_bounded_and_its_first_stands_for_the_oldest(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.notices.outbox._MOST_WAITING", 100)
    notices = Notices(tmp_path, [ALL], clock)
    for number in range(1000):
        notices.tell("info", f"told {number}", cause="told")
    (backlog,) = notices.outbox.backlog()
    assert backlog.waiting <= 101
    first = _next(notices.outbox).notice
    assert first.stands_for == 1000 - (backlog.waiting - 1)
    assert first.detail.splitlines()[0].endswith("told 0")
    assert first.detail.splitlines()[-1].startswith(f"… and {first.stands_for - 15:,} more")
    notices.close()


def test_who_is_muted_is_not_heard_and_an_emergency_is_unless_it_was_named(notices: Notices, clock: FakeClock) -> None:
    notices.mute("all", timedelta(hours=2), "alice")
    notices.mute("fire", timedelta(hours=1), "alice")
    notices.trouble(_trouble("a"))
    notices.trouble(_trouble("fire", "emergency"))
    notices.trouble(_trouble("flood", "emergency"))
    assert _drain(notices.outbox, "discord") == ["EMERGENCY flood failed"]
    clock.advance(2 * 3600)
    notices.tick()
    assert not notices.mutes()
    notices.trouble(_trouble("b"))
    assert "ERROR b failed" in _drain(notices.outbox, "discord")


def test_a_clock_that_was_years_ahead_keeps_nothing_waiting_or_silent(notices: Notices, clock: FakeClock) -> None:
    """It is set right again: what was due, muted, known or well "until" then must not be so for years."""
    notices.trouble(_trouble("known"))
    notices.trouble(_trouble("over"))
    notices.outbox.failed(_next(notices.outbox), "429", timedelta(seconds=40))
    notices.ack("known", "alice")
    notices.well("over")
    notices.mute("all", timedelta(hours=2), "alice")
    clock.advance(-3 * 365 * 86400)
    notices.tick()
    assert not notices.mutes()
    assert _drain(notices.outbox, "discord") == [
        "ERROR known failed",
        "ERROR over failed",
        "ERROR known failed",
        "RESOLVED over failed",
    ]


def test_what_began_while_it_was_muted_is_said_when_the_mute_ends(notices: Notices, clock: FakeClock) -> None:
    notices.trouble(_trouble("before"))
    notices.mute("all", timedelta(hours=2), "alice")
    notices.trouble(_trouble("worse", "warning"))
    notices.trouble(_trouble("worse"))
    notices.trouble(_trouble("over"))
    clock.advance(3600)
    notices.tick()
    notices.well("over")
    clock.advance(3600)
    notices.tick()
    clock.advance(10)
    notices.tick()
    notices.tick()
    assert _drain(notices.outbox, "discord") == ["ERROR before failed", "ERROR worse failed (2 times)"]


def test_what_somebody_knows_of_is_not_said_again(notices: Notices, clock: FakeClock) -> None:
    notices.trouble(_trouble("fire", "emergency"))
    assert notices.ack("all", "alice") == ("fire",)
    clock.advance(3 * 3600)
    notices.tick()
    assert _drain(notices.outbox, "discord") == ["EMERGENCY fire failed"]
    assert notices.incidents()[0].acked_by == "alice"


def test_another_process_that_comes_later_finds_all_of_it(notices: Notices, tmp_path: Path, clock: FakeClock) -> None:
    notices.trouble(_trouble("a"))
    later = Notices(tmp_path, [ALL, GRAVE], clock)
    later.trouble(_trouble("a"))
    assert later.incidents()[0].count == 2
    assert _drain(later.outbox, "discord") == ["ERROR a failed"]
    assert notices.outbox.next("discord") is None
    later.close()


def test_a_name_that_is_no_utf8_is_told_all_the_same(notices: Notices) -> None:
    """Names of files may be any bytes; the file of the outbox, a letter and IRC take none of that."""
    name = b"caf\xe9.db".decode("utf-8", "surrogateescape")
    notices.trouble(Trouble(cause="corrupt/ircd", gravity="error", title=f"{name} was left over"))
    assert _drain(notices.outbox, "discord") == ["ERROR caf?.db was left over"]


def test_a_file_that_is_none_is_said_and_nothing_is_written_over(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "outbox.sqlite"
    path.write_bytes(b"this is no database, and longer than a header of one" * 100)
    before = path.read_bytes()
    notices = Notices(tmp_path, [ALL], clock)
    with pytest.raises(StorageUnavailable, match="cannot be used"):
        notices.trouble(_trouble())
    assert path.read_bytes() == before


def test_a_damaged_file_that_was_moved_aside_is_begun_anew_without_a_restart(
    notices: Notices, tmp_path: Path, clock: FakeClock
) -> None:
    for number in range(100):
        notices.tell("info", f"told {number}", cause="told")
    notices.close()
    path = tmp_path / "outbox.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(StorageUnavailable, match="CORRUPT"):
        notices.trouble(_trouble())
    for file in tmp_path.glob("outbox.sqlite*"):
        file.rename(tmp_path / f"aside-{file.name}")
    notices.trouble(_trouble())
    later = Notices(tmp_path, [ALL], clock)
    assert [item.cause for item in later.incidents()] == ["backup/services"]
    later.close()


def test_a_folder_that_takes_nothing_is_said_as_everything_else_is(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "outbox.sqlite").symlink_to(tmp_path / "nowhere" / "outbox.sqlite")
    with pytest.raises(StorageUnavailable):
        Notices(tmp_path, [ALL], clock).trouble(_trouble())


_DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), st.sampled_from(["info", "warning", "error", "emergency"])),
        st.tuples(st.sampled_from(["deliver", "fail", "restart", "wait"]), st.sampled_from(["discord", "mail"])),
    ),
    max_size=40,
)


class _Night:
    """Deeds in any order, and what each target was told and has heard."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self._folder = folder
        self.notices = self._opened()
        self.told: dict[str, list[str]] = {"discord": [], "mail": []}
        self.heard: dict[str, list[str]] = {"discord": [], "mail": []}

    def _opened(self) -> Notices:
        return Notices(self._folder, [ALL, GRAVE], self.clock)

    def tell(self, title: str, gravity: Gravity) -> None:
        self.notices.tell(gravity, title, cause="told")
        self.told["discord"].append(title)
        self.told["mail"] += [title] if gravity in {"error", "emergency"} else []

    def restart(self) -> None:
        self.notices.close()
        self.notices = self._opened()

    def reach(self, target: str, *, works: bool) -> bool:
        found = self.notices.outbox.next(target)
        if not isinstance(found, Delivery):
            return False
        if works:
            self.heard[target].append(found.notice.title)
            self.notices.outbox.delivered(found)
        else:
            self.notices.outbox.failed(found, "reset", timedelta(seconds=20))
        return True


@settings(max_examples=40, deadline=None)
@given(_DEEDS)
def test_whatever_happens_each_is_heard_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, Any]]
) -> None:
    night = _Night(tmp_path_factory.mktemp("outbox"))
    for number, (deed, word) in enumerate(deeds):
        if deed == "tell":
            night.tell(str(number), word)
        elif deed == "restart":
            night.restart()
        elif deed == "wait":
            night.clock.advance(30)
        else:
            night.reach(word, works=deed == "deliver")
    night.clock.advance(60)
    for target in night.heard:
        while night.reach(target, works=True):
            pass
    night.notices.close()
    assert night.heard == night.told


def test_an_outbox_that_cannot_be_made_is_no_crash_of_what_would_be_told(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "outbox.sqlite").symlink_to(tmp_path / "gone" / "outbox.sqlite")
    with pytest.raises(StorageUnavailable, match="cannot be written"):
        Notices(tmp_path, [ALL], clock).trouble(_trouble())
