"""UnrealIRCd's databases: the real ones are read, and every damage is told and never raises."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.unrealircd import expected_kind, judge, judge_together, recognise
from core.formats.unrealircd.model import Kind
from tests import unrealdb

REAL = Path(__file__).parents[2] / "vectors" / "unrealircd"
PLAIN = ("channel.db", "tkl.db", "whowas.db", "reputation.db")
KINDS = tuple(unrealdb.WRITTEN)
WORDS = st.binary(max_size=40).map(lambda word: word.replace(b"\0", b""))
NAMES = WORDS.filter(bool)


def codes(content: bytes, kind: Kind | None = None) -> list[str]:
    return [finding.code for finding in judge(content, kind).findings]


def test_what_the_real_one_wrote_is_counted() -> None:
    """Files of UnrealIRCd 6.1.8.1."""
    judged = {name: judge((REAL / name).read_bytes(), expected_kind(name)) for name in PLAIN}
    assert not any(one.damaged or one.unread for one in judged.values())
    assert judged["channel.db"].counts == {"channels": 2, "list entries": 4}
    assert judged["tkl.db"].counts == {"bans": 6, "exceptions": 1, "spam filters": 2}
    assert judged["whowas.db"].counts == {"users gone": 3}
    assert judged["reputation.db"].counts == {}
    assert judged["channel.db"].keys == {b"#p2", b"#perm"}
    assert len(judged["tkl.db"].keys) == 9


@pytest.mark.parametrize("name", PLAIN)
def test_what_it_is_shows_in_its_first_bytes(name: str) -> None:
    content = (REAL / name).read_bytes()
    assert recognise(content)
    assert judge(content).kind == expected_kind(name)


@pytest.mark.parametrize("name", PLAIN)
def test_every_truncation_of_a_real_one_is_noticed(name: str) -> None:
    content = (REAL / name).read_bytes()
    assert not [size for size in range(len(content)) if not judge(content[:size], expected_kind(name)).damaged]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("raw", [False, True])
def test_every_truncation_is_noticed(kind: Kind, raw: bool) -> None:  # noqa: FBT001 — pytest passes parameters by name
    payload = unrealdb.WRITTEN[kind]
    content = payload if raw else unrealdb.plain(payload)
    assert not codes(content, kind)
    assert not [size for size in range(len(content)) if not codes(content[:size], kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_the_last_record_is_noticed(kind: Kind) -> None:
    assert codes(unrealdb.plain(unrealdb.WRITTEN[kind]) + b"\0", kind) == ["trailing"]


@pytest.mark.parametrize("kind", KINDS)
def test_one_in_the_place_of_another_is_noticed(kind: Kind) -> None:
    for other in KINDS:
        if other != kind:
            judged = judge(unrealdb.plain(unrealdb.WRITTEN[kind]), other)
            assert judged.damaged or judged.unread


def test_a_record_is_named_by_its_number() -> None:
    content = unrealdb.plain(unrealdb.bans([unrealdb.gline(b"a.example"), unrealdb.gline(b"b.example")]))
    assert judge(content[:-3], "bans").findings[0].text == "it ends within record 2 of 2: it was cut off"
    assert judge(content[:-3], "bans").counts == {"bans": 1}


def test_a_beginning_that_is_missing_in_the_middle_is_noticed() -> None:
    """UnrealIRCd itself loads what stands before it, says nothing, and saves only that."""
    first = unrealdb.channel(b"#a")
    content = unrealdb.channels([first, unrealdb.channel(b"#b")])
    place = 12 + len(first)
    broken = content[:place] + b"\0\0\0\0" + content[place + 4 :]
    assert (
        judge(unrealdb.plain(broken), "channels").findings[0].text == "within record 2 of 2: its beginning is missing"
    )


def test_a_count_that_is_none_ends_where_the_bytes_end() -> None:
    content = unrealdb.u32(0x10101010, 4999) + unrealdb.u64(2**64 - 1) + unrealdb.gline(b"a.example")
    assert codes(content, "bans") == ["truncated"]


def test_what_is_newer_is_not_called_damaged() -> None:
    """Whoever cannot read it has proven nothing against it."""
    newer = [
        b"UnrealIRCd-DB-v2".ljust(32, b"\0") + bytes(100),
        unrealdb.plain(unrealdb.u32(101) + bytes(8)),
        unrealdb.plain(unrealdb.u32(0x57484F57, 101) + bytes(8)),
        b"REPDB 2 1 2\n",
    ]
    kinds: list[Kind | None] = ["bans", "channels", "whowas", "reputation"]
    for content, kind in zip(newer, kinds, strict=True):
        judged = judge(content, kind)
        assert judged.unread
        assert not judged.damaged


def test_an_empty_file_is_a_save_that_failed() -> None:
    assert codes(b"", "bans") == ["empty"]


def test_text_of_reputation_is_read_line_by_line() -> None:
    good = unrealdb.reputation_text(["192.0.2.1", "2001:db8::1"])
    assert judge(good, "reputation").counts == {"addresses": 2}
    assert codes(good[:-1], "reputation") == ["truncated"]
    assert codes(good.replace(b" 7 ", b" x "), "reputation") == ["malformed"]
    assert codes(good + b"\n", "reputation") == ["malformed"]
    ends = [place + 1 for place in range(len(good)) if good[place : place + 1] == b"\n"]
    cut = [size for size in range(1, len(good)) if not codes(good[:size], "reputation")]
    assert cut == ends[:-1]  # at the end of a line nobody can notice


def test_no_finding_quotes_what_stands_there() -> None:
    content = unrealdb.reputation_text(["192.0.2.1"]).replace(b" 7 ", b" ? ")
    assert "192" not in repr(judge(content, "reputation"))
    assert "evil.example" not in repr(judge(unrealdb.plain(unrealdb.WRITTEN["bans"]), "bans"))


def test_bans_are_told_from_each_other() -> None:
    one = judge(unrealdb.bans([unrealdb.gline(b"a.example"), unrealdb.gline(b"b.example")]), "bans")
    two = judge(unrealdb.bans([unrealdb.gline(b"a.example", until=9)]), "bans")
    assert len(one.keys - two.keys) == 1
    assert not two.keys - one.keys


def test_a_history_belongs_to_its_master_and_to_its_name() -> None:
    master = judge(unrealdb.master(), "history-master")
    mine = judge(unrealdb.history(b"#A", [b"hello"]), "history")
    path = unrealdb.history_path(b"#a")
    other = judge(unrealdb.history(b"#a", [], before=b"x"), "history")

    def told(path: str, one: object, master: object = master) -> list[str]:
        beside = {"history/master.db": master, path: one} if master else {path: one}
        return [item.code for item in judge_together(beside)[path].findings]  # type: ignore[arg-type]  # judged ones

    assert not told(path, mine)
    assert told(path, mine, None) == ["no-master"]
    assert told(path, other) == ["other-master"]
    assert told("history/else.db", mine) == ["other-name"]


def test_where_databases_lie() -> None:
    assert expected_kind("tkl.db") == "bans"
    assert expected_kind("history/master.db") == "history-master"
    assert expected_kind("history/0a.db") == "history"
    assert expected_kind("history/bad/0a.db") is None
    assert expected_kind("ircd.tune") is None


@given(st.lists(NAMES), st.lists(WORDS))
def test_what_was_written_is_read(names: list[bytes], masks: list[bytes]) -> None:
    records = [unrealdb.channel(name, name, [masks, (), masks]) for name in names]
    judged = judge(unrealdb.plain(unrealdb.channels(records)), "channels")
    assert not judged.damaged
    assert judged.counts.get("channels", 0) == len(names)
    assert judged.counts.get("list entries", 0) == 2 * len(masks) * len(names)
    assert judged.keys == {name.lower() for name in names}


@given(st.lists(st.tuples(st.sampled_from([b"G", b"k", b"Z", b"z", b"s"]), WORDS, WORDS)))
def test_bans_that_were_written_are_read(entries: list[tuple[bytes, bytes, bytes]]) -> None:
    records = [unrealdb.ban(kind, user, host, b"why") for kind, user, host in entries]
    judged = judge(unrealdb.plain(unrealdb.bans(records)), "bans")
    assert not judged.damaged
    assert judged.counts.get("bans", 0) == len(entries)
    assert len(judged.keys) == len(set(entries))


@given(st.binary(max_size=400), st.sampled_from([None, *KINDS]), st.booleans())
def test_garbage_never_raises(content: bytes, kind: Kind | None, behind_header: bool) -> None:  # noqa: FBT001 — hypothesis passes by name
    judge(unrealdb.plain(content) if behind_header else content, kind)
    recognise(content)


@given(st.sampled_from(KINDS), st.integers(0, 500), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_never_raise(kind: Kind, place: int, other: bytes) -> None:
    content = unrealdb.plain(unrealdb.WRITTEN[kind])
    place %= len(content)
    judge(content[:place] + other + content[place + len(other) :], kind)
    judge(content[:place] + other + content[place + len(other) :])
