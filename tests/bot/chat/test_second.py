"""What one person may do alone, and what takes two."""

from datetime import timedelta

from bot.chat.second import why_second
from core.registrations.wish import Wishes
from tests.bot.chat.plans import NOW, PRUNING, restoring, undoing

_REPLACE = Wishes(choices={"": "replace"})


def test_what_comes_back_without_power_and_takes_nothing_is_done_alone() -> None:
    assert why_second(restoring(coming_back=("account",)), NOW) == ()
    assert why_second(restoring(age=timedelta(days=7)), NOW) == ()
    assert why_second(restoring(wishes=_REPLACE), NOW) == ()


def test_power_what_is_taken_away_and_what_is_old_take_two() -> None:
    assert why_second(restoring(powers=("founder of #c",)), NOW) == ("gives power back",)
    assert why_second(restoring(going=("channel #c",), wishes=_REPLACE), NOW) == ("takes away what is there now",)
    assert why_second(restoring(age=timedelta(days=9, hours=2)), NOW) == ("goes back 9 days",)
    everything = restoring(age=timedelta(days=30), powers=("x",), going=("y",), wishes=_REPLACE)
    assert len(why_second(everything, NOW)) == 3


def test_pruning_always_takes_two() -> None:
    assert why_second(PRUNING, NOW) == ("removes snapshots for good",)


def test_an_undo_takes_back_what_was_agreed_to_and_needs_two_only_for_more() -> None:
    assert why_second(undoing(going=("account bob",)), NOW) == ()
    assert why_second(undoing(going=("account bob",), wishes=_REPLACE), NOW) == ("takes away what is there now",)
    assert why_second(undoing(powers=("founder of #c",)), NOW) == ("gives power back",)
