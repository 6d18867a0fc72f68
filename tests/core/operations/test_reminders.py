"""What people should do again and again is due on its day, until somebody says that it is done."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.reminder_settings import ReminderSettings
from core.domain.audit import Wanted
from core.domain.errors import SnapshotNotFound
from core.domain.notice import Target
from core.domain.reminder import Rhythm, due_after
from core.guards.guard import Guard
from core.guards.reminders import look_at_reminders
from core.guards.watch import look
from core.journal.file import FileJournal
from core.notices.outbox import Delivery
from core.operations.reminders import Reminders
from core.operations.teller import Teller
from core.ports import Progress
from tests.core.operations.world import World
from tests.fakes import FakeClock

DAY = 86400


@pytest.fixture
def reminders(tmp_path: Path, clock: FakeClock) -> Reminders:
    """As they are where nobody has said anything; the audit trail began on 23 November."""
    journal = FileJournal(tmp_path / "audit.jsonl", clock=clock)
    journal.record("bot started")
    return Reminders(wanted=ReminderSettings().wanted, state_dir=tmp_path, journal=journal, clock=clock)


@pytest.mark.parametrize(
    ("done", "rhythm", "due"),
    [
        ("2026-01-31T23:59", "monthly", "2026-02-28"),
        ("2028-01-31T00:00", "monthly", "2028-02-29"),
        ("2026-12-05T12:00", "monthly", "2027-01-05"),
        ("2026-11-30T12:00", "quarterly", "2027-02-28"),
        ("2028-02-29T12:00", "yearly", "2029-02-28"),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_one(done: str, rhythm: Rhythm, due: str) -> None:
    found = due_after(datetime.fromisoformat(done).replace(tzinfo=UTC), rhythm)
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert due_after(datetime.now(UTC), "never") is None


def test_nothing_is_due_on_the_first_day_and_each_in_its_time(reminders: Reminders, clock: FakeClock) -> None:
    assert not reminders.due()
    clock.time = datetime(2026, 12, 22, 23, 59, tzinfo=UTC)
    assert not reminders.due()
    clock.time = datetime(2026, 12, 23, tzinfo=UTC)
    assert {item.reminder.name for item in reminders.due()} == {"key-rotation", "retention-review", "recovery-test"}
    clock.time = datetime(2027, 2, 23, tzinfo=UTC)
    assert {"drill", "plans-review", "who-may"} <= {item.reminder.name for item in reminders.due()}
    clock.time = datetime(2027, 11, 23, tzinfo=UTC)
    assert "recovery-key" in {item.reminder.name for item in reminders.due()}


def test_who_did_it_and_when_is_kept_and_audited(reminders: Reminders, clock: FakeClock) -> None:
    clock.advance(40 * DAY)
    item = reminders.done("Reminder/retention-review", by="alice")
    assert not item.is_due
    assert item.told == "retention-review (monthly): due 2027-02-02, done 2027-01-02 by alice"
    assert "retention-review" not in {item.reminder.name for item in reminders.due()}
    (line,) = reminders.journal.entries(Wanted(event="reminder done"))
    assert (line.fields["name"], line.fields["by"]) == ("retention-review", "alice")
    with pytest.raises(SnapshotNotFound, match="no reminder lunch — there are: key-rotation"):
        reminders.done("lunch", by="alice")


def test_a_torn_line_and_a_clock_that_was_wrong_are_not_believed(reminders: Reminders, clock: FakeClock) -> None:
    later = clock.now() + timedelta(days=4000)
    clock.time, now = later, clock.time
    reminders.done("drill", by="alice")
    clock.time = now + timedelta(days=100)
    with (reminders.state_dir / "reminders.jsonl").open("ab") as file:
        file.write(b'{"done": "key-rotation", "by": "al')
    assert {"drill", "key-rotation"} <= {item.reminder.name for item in reminders.due()}


def test_an_audit_trail_that_began_while_the_clock_was_wrong_hides_nothing(tmp_path: Path, clock: FakeClock) -> None:
    """A machine that wakes up in another decade would be reminded of nothing until then."""
    journal = FileJournal(tmp_path / "audit.jsonl", clock=clock)
    now, clock.time = clock.time, clock.time + timedelta(days=4000)
    journal.record("bot started")
    clock.time = now
    journal.record("bot started")
    reminders = Reminders(wanted=ReminderSettings().wanted, state_dir=tmp_path, journal=journal, clock=clock)
    clock.advance(40 * DAY)
    assert {item.reminder.name for item in reminders.due()} == {"key-rotation", "retention-review", "recovery-test"}


def test_what_is_due_is_told_once_a_week_until_it_is_done(
    reminders: Reminders, tmp_path: Path, clock: FakeClock
) -> None:
    teller = Teller(tmp_path, [Target(name="irc")], clock)
    guards = [Guard(name="reminder", look=lambda: look_at_reminders(reminders.due))]
    told: list[tuple[str, str]] = []

    def pass_days(number: int) -> None:
        for _ in range(number):
            clock.advance(DAY)
            teller.of_guards(look(guards))
            clock.advance(300)
            teller.notices.tick()
            while isinstance(found := teller.notices.outbox.next("irc"), Delivery):
                told.append((f"{clock.now():%m-%d}", found.notice.headline))
                teller.notices.outbox.delivered(found)

    pass_days(45)
    rotation = [(day, line) for day, line in told if "new key" in line]
    assert [day for day, _ in rotation] == ["12-23", "12-30", "01-06"]
    assert rotation[0][1].startswith("INFO due since 2026-12-23: give this host a new key")
    reminders.done("key-rotation", by="alice")
    told.clear()
    pass_days(20)
    assert [line for _, line in told if "new key" in line] == [
        "RESOLVED due since 2026-12-23: give this host a new key, or decide that the one it has is good (16 times)"
    ]
    teller.notices.close()


def test_the_status_names_what_is_due_and_is_good_all_the_same(world: World, progress: Progress) -> None:
    world.engine.remind = ReminderSettings(drill="monthly").wanted
    world.engine.back_up(reason="test", progress=progress)
    assert "due:" not in str(world.engine.status())
    world.clock.advance(31 * DAY)
    status = world.engine.status()
    assert "due: drill, key-rotation, recovery-test, retention-review (!reminders)" in str(status)
    assert not [trouble for trouble in status.troubles if "drill" in trouble and "due" in trouble]
    assert status.as_dict()["due"] == ["drill", "key-rotation", "recovery-test", "retention-review"]
