"""A configuration is refused with the reason, and not with the banner before it."""

import pytest

from core.control.reload_test import run_test
from core.domain.errors import ConfigRefused

BANNER = "Program 26.1\nCopyright of many years and of many people, with an address\nHomepage: somewhere\n"
DUMP = "".join(f"  Setting{number} = value\n" for number in range(40))


def refused(said: str) -> str:
    with pytest.raises(ConfigRefused) as caught:
        run_test(["/bin/sh", "-c", 'printf %s "$1"; exit 3', "sh", said], timeout=10)
    return caught.value.message


def test_the_lines_that_tell_of_an_error_are_told() -> None:
    """Between a banner and a dump of all settings."""
    told = refused(f"{BANNER} - No server name configured!\n{DUMP}")
    assert told == "the configuration is refused (exit 3: No server name configured!)"


def test_where_no_line_looks_like_an_error_the_last_ones_are_told() -> None:
    assert "this is the reason" in refused(f"{BANNER}{DUMP}this is the reason\n")


def test_a_reason_behind_much_output_is_found() -> None:
    """Programs tell what they read, and at the end what was wrong with it."""
    assert "this is the reason" in refused(f"{BANNER}{DUMP * 100}error: this is the reason\n")


def test_nothing_that_may_be_secret_of_it_is_told() -> None:
    """Programs quote the line that they do not like."""
    told = refused("error: unexpected value 'hunter2' for password hunter3 in line 12\nerror: password=hunter4\n")
    assert "hunter" not in told
    assert "line 12" in told


def test_what_is_told_is_bounded() -> None:
    assert len(refused("error and more and more " * 400 + "\n" + "error\n" * 400)) < 450


def test_silence_is_told_as_its_exit_code() -> None:
    assert refused("") == "the configuration is refused (exit 3)"
