"""Long texts arrive whole, and no line is over the limit."""

from hypothesis import given
from hypothesis import strategies as st

from bot.irc.splitting import cut, plain, printable, sanitise, split

TEXT = st.text(alphabet=st.characters() | st.sampled_from(" \r\n\0\x01é漢🦀"), max_size=1500)


@given(TEXT, st.integers(min_value=-20, max_value=480))
def test_no_piece_is_too_long_and_nothing_is_lost(text: str, room: int) -> None:
    """Each piece is at most `room` bytes of whole characters; only spaces at the cuts are gone."""
    pieces = list(split(text, room))
    assert all(0 < len(piece.encode()) <= max(room, 16) for piece in pieces)
    rest = sanitise(plain(text))
    for piece in pieces:
        rest = rest.removeprefix(" ") if not rest.startswith(piece) else rest
        assert rest.startswith(piece)
        rest = rest[len(piece) :]
    assert rest.strip(" ") == ""


@given(st.lists(st.text(alphabet="abcé漢", min_size=1, max_size=7), min_size=1, max_size=200))
def test_words_stay_whole(words: list[str]) -> None:
    """A cut comes at a space where there is one near."""
    pieces = list(split(" ".join(words), 100))
    assert [word for piece in pieces for word in piece.split(" ") if word] == words


@given(TEXT)
def test_a_line_that_goes_out_is_one_line(text: str) -> None:
    """At most 512 bytes, one CR LF at the end and none before, no NUL, and whole characters."""
    content = cut(text)
    assert len(content) <= 512
    assert content.endswith(b"\r\n")
    assert not {b"\r", b"\n", b"\0"} & {content[i : i + 1] for i in range(len(content) - 2)}
    content.decode()


def test_lone_surrogates_do_not_make_it_raise() -> None:
    """Python makes them of file names that are no UTF-8."""
    assert cut("a\udcffb") == b"a?b\r\n"
    assert list(split("a\udcffb", 100)) == ["a?b"]


def test_what_is_said_has_no_colours_and_no_letters_that_turn_the_direction_of_writing() -> None:
    """Colours go with their numbers, so none of these is left as text, and no cut comes inside."""
    assert plain("\x02bold\x0f \x0304,12red\x03 \x03007 \x04ff0000,00ff00x \u202eabc\x01") == "bold red 7 x abc "
    assert list(split("\x0304" * 300 + "x", 20)) == ["x"]


def test_nothing_to_say_is_no_line() -> None:
    assert list(split("", 400)) == []


def test_what_others_wrote_is_shown_without_control_characters() -> None:
    """Neither a terminal nor a log can be written to by who is quoted."""
    assert printable("a\x1b[2Jb\nc\u202ed") == "a?[2Jb?c?d"
    assert len(printable("x" * 5000)) == 200
