"""However long an answer is, a channel gets four lines of it, and nothing is lost in silence."""

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.paging import IN_CHANNEL, PAGE, Answer, Shelf
from bot.chat.reply import Reply

REPLIES = st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=60)


def _two_a_line(text: str, private: bool) -> list[str]:  # noqa: FBT001 — a `Fit`
    del private
    return text.split("|")


def _answered(replies: list[Reply], *, in_channel: bool) -> tuple[list[Reply], list[str]]:
    answer = Answer(nick="al", in_channel=in_channel, fit=_two_a_line)
    said = [each for reply in replies for each in answer.take(reply)]
    return [*said, *answer.end()], answer.rest


@given(REPLIES, st.booleans())
def test_at_most_four_lines_come_into_the_channel_and_twelve_to_a_person(
    sizes: list[tuple[int, bool]],
    in_channel: bool,  # noqa: FBT001 — drawn
) -> None:
    """And every line is said in order, or waits for `!more`, page by page, until all are said."""
    replies = [
        Reply("|".join(f"{place}.{part}" for part in range(size)), private=private)
        for place, (size, private) in enumerate(sizes)
    ]
    said, rest = _answered(replies, in_channel=in_channel)
    assert sum(not reply.private for reply in said) <= (IN_CHANNEL if in_channel else 0)
    lines = []
    while True:
        assert sum(reply.private for reply in said) <= PAGE
        lines += [reply.text for reply in said if not reply.text.startswith("…")]
        if not rest:
            break
        said, rest = _answered([Reply(line, private=True) for line in rest], in_channel=in_channel)
    assert sorted(lines) == sorted(line for reply in replies for line in reply.text.split("|"))
    for wanted in {True, False} if in_channel and len(lines) <= IN_CHANNEL else set():
        own = [line for reply in replies if reply.private is wanted for line in reply.text.split("|")]
        assert [line for line in lines if line in own] == own


def test_what_is_loud_is_heard_in_the_channel_wherever_it_was_asked() -> None:
    replies = [Reply(f"line {number}", loud=number < 6) for number in range(8)]
    said, rest = _answered(replies, in_channel=False)
    assert [reply.text for reply in said if reply.private] == [f"line {number}" for number in range(8)]
    loud = [reply.text for reply in said if reply.loud]
    assert loud == ["line 0", "line 1", "line 2", "… the rest goes to al by notice"]
    assert not rest
    said, _ = _answered(replies[:4], in_channel=False)
    assert [reply.text for reply in said if reply.loud] == [f"line {number}" for number in range(4)]


def test_what_is_beyond_all_bounds_is_counted() -> None:
    said, rest = _answered([Reply(f"{number}") for number in range(5000)], in_channel=True)
    assert len(rest) < 700
    assert "left out" in said[-1].text
    kept = len(rest) + sum(reply.text.isdigit() for reply in said)
    assert f"{5000 - kept:,} lines more were left out" in said[-1].text


def test_what_waits_is_kept_for_ten_minutes_for_one_person_and_once() -> None:
    now = [0.0]
    shelf = Shelf(lambda: now[0])
    shelf.put("Alice", ["a", "b"])
    assert shelf.take("carol") == []
    assert shelf.take("alice") == ["a", "b"]
    assert shelf.take("alice") == []
    shelf.put("alice", ["c"])
    now[0] = 601
    assert shelf.take("alice") == []
    for number in range(100):
        shelf.put(f"nick{number}", ["x"])
    assert sum(bool(shelf.take(f"nick{number}")) for number in range(100)) == 20
