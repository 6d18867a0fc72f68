"""What is kept of a line says what was asked for, and holds no secret."""

import pytest

from bot.told import told


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("!restore user bob from yesterday 21:00", "!restore user bob from yesterday 21:00"),
        ("!RESTORE  user   bob", "!RESTORE user bob"),
        ("!confirm 7Q2F 123456", "!confirm 7Q2F"),
        ("!approve 7Q2F my-password", "!approve 7Q2F"),
        ("!approve 123456 7Q2F", "!approve [hidden]"),
        ("!code 123456", "!code"),
        ("!identify alice hunter2", "!identify"),
        ("!freeze the key was 99999999", "!freeze the key was [hidden]"),
        ("!" + "x" * 500, "!" + "x" * 19),
        ("!pin abcdef " + "y" * 500, "!pin abcdef " + "y" * 188),
        ("", ""),
    ],
)
def test_what_is_kept_of_a_line(text: str, kept: str) -> None:
    assert told(text) == kept
