"""The collector of dead cycles rests while very many values are made, and is back afterwards, whatever happens."""

import gc

import pytest

from core.formats.uncollected import uncollected


def test_the_collector_is_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), uncollected():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_one_pause_within_another_does_not_end_it() -> None:
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_who_has_switched_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
