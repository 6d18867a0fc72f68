"""What is typed behind `!restore user` means one thing, or is refused with the word that is not understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.command import Misused
from bot.chat.wishing import Wanted, read_wishes
from bot.chat.words import words_of
from bot.commands.restore_user import COMMAND

_SKIPPED = str.maketrans("", "", '"“” ')
_WORDS = ["from", "at", "yesterday", "21:00", "as", "founder", "founded", "operator", "merge", "replace", "#chan", "x"]


def _read(text: str) -> Wanted:
    return read_wishes(words_of(text), "account", COMMAND)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("alice from yesterday 21:00", "yesterday 21:00"),
        ('alice from "yesterday 21:00"', "yesterday 21:00"),
        ("alice at 2h ago", "2h ago"),
        ("alice from yesterday at 21:00 founded", "yesterday at 21:00"),
        ("alice FROM 7q2fk3", "7q2fk3"),
        ("alice", None),
        ("from", None),
    ],
)
def test_a_time_may_be_several_words(text: str, reference: str | None) -> None:
    assert _read(text).reference == reference


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "^$"),
        ("alice frm yesterday", "word 2 behind !restore user is not understood; did you mean from"),
        ("alice founded now", "word 3 behind !restore user is not understood"),
        ("alice as a b", "word 4 behind !restore user is not understood"),
        ("alice merge a b", "word 4 behind !restore user is not understood"),
        ("alice from 2h from 3h", "from stands there twice"),
        ("alice as", "as needs a name"),
        ("alice from", "from needs a time"),
    ],
)
def test_what_is_not_understood_is_said_by_its_place_and_never_repeated(text: str, why: str) -> None:
    with pytest.raises(Misused, match=why):
        _read(text)


@given(st.lists(st.one_of(st.sampled_from(_WORDS), st.text(max_size=20)), max_size=12))
def test_no_words_break_it_and_none_comes_back(words: list[str]) -> None:
    try:
        said = read_wishes(tuple(words), "account", COMMAND).target.name
        allowed = {words[0]}
    except Misused as misused:
        said, allowed = str(misused), set(_WORDS)
    assert not any(len(word) > 8 and word in said for word in words if word not in allowed)


@given(st.text(max_size=600))
def test_any_text_is_words(text: str) -> None:
    assert "".join(words_of(text)).translate(_SKIPPED) == "".join(text.split()).translate(_SKIPPED)
