"""What is typed behind `!restore config` and its kin means one thing, or is refused by the word that means nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.command import Misused
from bot.chat.thing_wishing import read_thing_wish
from bot.chat.words import words_of
from bot.commands import restore_config, restore_database, restore_files
from core.domain.thing import Thing, ThingWish

_COMMANDS = {
    "database": restore_database.COMMAND,
    "config": restore_config.COMMAND,
    "files": restore_files.COMMAND,
}
_WORDS = ["from", "at", "of", "exact", "anyway", "older", "yesterday", "21:00", "conf/a.conf", "x"]


def _read(thing: Thing, text: str) -> tuple[ThingWish, str | None]:
    return read_thing_wish(words_of(text), thing, _COMMANDS[thing])


@pytest.mark.parametrize(
    ("thing", "text", "wish", "reference"),
    [
        ("database", "", ThingWish(thing="database"), None),
        ("database", "from yesterday 21:00", ThingWish(thing="database"), "yesterday 21:00"),
        ("database", "of panel at 2h ago", ThingWish(thing="database", source="panel"), "2h ago"),
        ("config", "a.conf conf/b.conf", ThingWish(thing="config", paths=("a.conf", "conf/b.conf")), None),
        ("config", "EXACT", ThingWish(thing="config", exact=True), None),
        (
            "config",
            "anyway Older from 7q2fk3 anyway names",
            ThingWish(thing="config", anyway=frozenset({"older", "names"})),
            "7q2fk3",
        ),
        (
            "files",
            '"with blank/x" of users exact',
            ThingWish(thing="files", paths=("with blank/x",), source="users", exact=True),
            None,
        ),
    ],
)
def test_each_word_means_one_thing(thing: Thing, text: str, wish: ThingWish, reference: str | None) -> None:
    assert _read(thing, text) == (wish, reference)


@pytest.mark.parametrize(
    ("thing", "text", "why"),
    [
        ("database", "services", "word 1 behind !restore database is not understood"),
        ("database", "frm yesterday", "word 1 .* did you mean from"),
        ("database", "exact", "word 1 behind !restore database is not understood"),
        ("files", "", "^$"),
        ("files", "of users", "^$"),
        ("config", "exact x", "word 2 behind !restore config is not understood"),
        ("config", "of a b", "word 3 behind !restore config is not understood"),
        ("config", "of", "of needs a name"),
        ("config", "anyway", "anyway needs a name"),
        ("config", "from", "from needs a time"),
        ("config", "from 2h from 3h", "from stands there twice"),
    ],
)
def test_what_is_not_understood_is_said_by_its_place(thing: Thing, text: str, why: str) -> None:
    with pytest.raises(Misused, match=why):
        _read(thing, text)


@given(st.sampled_from(["database", "config", "files"]), st.lists(st.sampled_from([*_WORDS, "é", "\x01"]), max_size=12))
def test_no_words_break_it(thing: Thing, words: list[str]) -> None:
    """Whatever is typed, each word that is no keyword ends up in the wish or in the time, or the whole is refused."""
    try:
        wish, reference = read_thing_wish(tuple(words), thing, _COMMANDS[thing])
    except Misused:
        return
    kept = {*wish.paths, wish.source, *wish.anyway, *(reference or "").split()}
    assert {word for word in words if word not in {"from", "at", "of", "exact", "anyway"}} <= kept
