"""What people should do again and again, and nobody has said that it is done."""

from collections.abc import Callable, Iterable, Iterator

from core.domain.notice import Trouble
from core.domain.reminder import Standing


def look_at_reminders(due: Callable[[], Iterable[Standing]]) -> Iterator[Trouble]:
    """Each that is due: said once, and once a week again, as whatever is worth knowing and no more."""
    for item in due():
        reminder = item.reminder
        yield Trouble(
            cause=f"reminder/{reminder.name}",
            gravity="info",
            title=f"due since {item.due_at:%Y-%m-%d}: {reminder.what}",
            detail=f"{reminder.how} helps.",
            suggestion=f"!done {reminder.name}",
        )
