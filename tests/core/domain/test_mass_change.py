"""What is a mass change: a great share of all, or far more than usual."""

import pytest

from core.domain.mass_change import MassLimits, is_mass, told, usual

QUIET = [0, 1, 2, 0, 1] * 10


@pytest.mark.parametrize(
    ("number", "there", "before", "mass"),
    [
        (4, 5, [], False),  # of a handful all may change
        (5, 25, [], True),
        (5, 26, [], False),
        (200, 1000, QUIET, True),
        (62, 4000, [], False),  # nobody knows yet what is usual
        (62, 4000, QUIET, True),
        (20, 4000, QUIET, False),
        (19, 4000, [0] * 50, False),
        (62, 4000, [30] * 50, False),
        (62, 4000, [0] * 49 + [400], True),  # one night of a purge does not make it usual
    ],
)
def test_what_is_a_mass_change(number: int, there: int, before: list[int], mass: object) -> None:
    assert is_mass(number, there, before) is mass


def test_the_limits_are_those_that_were_set() -> None:
    assert is_mass(50, 1000, [], MassLimits(percent=5))
    assert not is_mass(62, 4000, QUIET, MassLimits(times=40))


def test_it_is_told_in_words() -> None:
    assert told("founders", 1062) == "1,062 channels changed founder"
    assert told("accounts", 1) == "1 account was dropped"
    assert usual([]) == 0
