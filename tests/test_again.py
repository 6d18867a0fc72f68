"""A second try is for few tests, and only for those that wait for other programs."""

import pytest

from tests.again import again


@pytest.mark.parametrize(
    "failed",
    [
        [],
        ["tests/core/test_lock.py::test_x"],
        ["tests/lab/test_ngircd.py::test_x", "tests/core/test_lock.py::test_x"],
        [f"tests/lab/test_ngircd.py::test_{number}" for number in range(4)],
    ],
)
def test_what_waits_for_nobody_and_what_is_no_accident_gets_none(failed: list[str]) -> None:
    assert again(failed) == 1


def test_what_fails_alone_too_stays_failed() -> None:
    assert again(["tests/lab/no_such_test.py::test_x"]) != 0
