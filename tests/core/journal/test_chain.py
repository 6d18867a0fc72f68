"""No line of the audit trail is changed, removed, moved or added without its number being named."""

import gzip
import json
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.audit import Head
from core.domain.errors import StorageUnavailable
from core.journal.line import LONGEST, ROOT
from core.jsonl import append, checked
from tests.core.journal.trail import Trail

LINES = 7


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    return Trail(tmp_path_factory.mktemp("trail"), LINES)


@pytest.fixture(scope="module")
def good(trail: Trail) -> list[bytes]:
    return trail.lines


def test_each_line_holds_the_digest_that_sha256sum_prints_for_the_line_before(trail: Trail, good: list[bytes]) -> None:
    trail.lines = good
    lines = [json.loads(line) for line in good]
    assert [line["seq"] for line in lines] == list(range(1, LINES + 1))
    assert lines[0]["prev"] == ROOT
    assert [line["prev"] for line in lines[1:]] == [sha256(line).hexdigest() for line in good[:-1]]
    assert lines[2] | {"prev": "", "check": ""} == {
        "seq": 3,
        "at": "2026-11-23T09:33:00.000+00:00",
        "event": "prune done",
        "number": 3,
        "by": "alice",
        "result": "some",
        "prev": "",
        "check": "",
    }
    assert trail.verdict().ok
    assert trail.verdict().head == trail.journal.head() == Head(digest=sha256(good[-1]).hexdigest(), lines=LINES)
    assert stat.S_IMODE(trail.path.stat().st_mode) == 0o600


@given(place=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_one_changed_byte_anywhere_is_named_at_its_line(trail: Trail, good: list[bytes], place: int, byte: int) -> None:
    content = bytearray(b"".join(good))
    place %= len(content)
    number = content.count(b"\n", 0, place) + 1
    was, content[place] = content[place], byte
    trail.path.write_bytes(content)
    wanted = 0 if byte == was else number
    assert trail.wrong()[0] == wanted
    assert trail.wrong()[1] in {"", "changed", "torn"}


def test_every_byte_and_every_bit_of_a_short_trail(tmp_path: Path) -> None:
    trail = Trail(tmp_path, 3)
    content = trail.path.read_bytes()
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << (place % 8)
        trail.path.write_bytes(flipped)
        assert trail.wrong()[0] == content.count(b"\n", 0, place) + 1, place


@given(number=st.integers(1, LINES))
def test_a_line_that_is_gone_is_named_where_it_stood(trail: Trail, good: list[bytes], number: int) -> None:
    """But for the last one, which only a posted head can tell."""
    trail.lines = good[: number - 1] + good[number:]
    assert trail.wrong() == ((number, "missing") if number < LINES else (0, ""))
    posted = sha256(good[-1]).hexdigest()
    assert trail.wrong(posted) == (number, "missing" if number < LINES else "cut off")


@given(number=st.integers(1, LINES), lines=st.integers(2, LINES))
def test_several_lines_that_are_gone(trail: Trail, good: list[bytes], number: int, lines: int) -> None:
    """In the middle by their place, at the end by the head that was posted."""
    trail.lines = good[: number - 1] + good[number - 1 + lines :]
    in_the_middle = number - 1 + lines < LINES
    assert trail.wrong() == ((number, "missing") if in_the_middle else (0, ""))
    head = sha256(good[-1]).hexdigest()
    assert trail.wrong(head[:16]) == (number, "missing" if in_the_middle else "cut off")


@given(st.permutations(range(LINES)))
def test_lines_in_any_other_order_are_named_at_the_first_that_is_elsewhere(
    trail: Trail, good: list[bytes], order: list[int]
) -> None:
    trail.lines = [good[place] for place in order]
    first = next((place + 1 for place in range(LINES) if order[place] != place), 0)
    assert trail.wrong()[0] == first
    assert trail.wrong()[1] != "changed"


@given(st.tuples(st.integers(0, LINES - 1), st.integers(0, LINES - 1)).map(sorted))
def test_two_lines_that_were_swapped(trail: Trail, good: list[bytes], places: list[int]) -> None:
    lines = list(good)
    one, other = places
    lines[one], lines[other] = lines[other], lines[one]
    trail.lines = lines
    assert trail.wrong() == ((one + 1, "swapped") if one != other else (0, ""))


@given(line=st.integers(0, LINES - 1), place=st.integers(0, LINES))
def test_a_line_that_is_played_again(trail: Trail, good: list[bytes], line: int, place: int) -> None:
    """The very line, in another place: it is no second event."""
    trail.lines = [*good[:place], good[line], *good[place:]]
    number, wrong = trail.wrong()
    assert number == place + 1 + (line == place)  # a line before itself is the line after itself
    assert wrong == "inserted"


_FOREIGN = st.sampled_from(
    [b"\n", b"{}\n", b"x" * 70_000 + b"\n", checked(b'{"event": "restore done"}'), b"\xff\xfe\x00\n", b'{"seq": 3}\n']
)


@given(line=_FOREIGN, place=st.integers(0, LINES))
def test_a_line_of_somebody_else(trail: Trail, good: list[bytes], line: bytes, place: int) -> None:
    trail.lines = [*good[:place], line, *good[place:]]
    assert trail.wrong() == (place + 1, "inserted" if place < LINES else "changed")


@given(place=st.integers(0, LINES - 1), name=st.sampled_from(["by", "at", "event", "number"]))
def test_a_line_that_was_forged_with_its_own_check_is_named_all_the_same(
    trail: Trail, good: list[bytes], place: int, name: str
) -> None:
    """By the line after it; the last one by the head that was posted."""
    fields = json.loads(good[place])
    del fields["check"]
    forged = checked(json.dumps(fields | {name: "mallory"}).encode())
    trail.lines = [*good[:place], forged, *good[place + 1 :]]
    assert trail.wrong() == ((place + 1, "changed") if place < LINES - 1 else (0, ""))
    assert trail.wrong(sha256(good[-1]).hexdigest())[0] in {place + 1, LINES + 1}


@given(place=st.integers(0, LINES - 2), name=st.sampled_from(["prev", "seq"]))
def test_a_line_whose_place_in_the_chain_was_forged(trail: Trail, good: list[bytes], place: int, name: str) -> None:
    fields = json.loads(good[place])
    del fields["check"]
    forged = checked(json.dumps(fields | {name: "f" * 64 if name == "prev" else 99}).encode())
    trail.lines = [*good[:place], forged, *good[place + 1 :]]
    assert trail.wrong()[0] == place + 1


def test_a_chain_that_was_written_anew_is_told_by_a_posted_head(tmp_path: Path) -> None:
    trail = Trail(tmp_path, 5)
    posted = trail.journal.head().digest
    trail.write(6)
    assert trail.verdict(posted).ok
    assert trail.verdict(posted[:16].upper()).ok
    trail.path.unlink()
    for number in (1, 2, 3, 44, 5, 6):
        trail.write(number)
    assert trail.verdict().ok
    assert trail.wrong(posted) == (7, "cut off")


_TEXTS = st.dictionaries(
    st.text(st.characters(), min_size=1, max_size=20).filter(lambda name: name not in {"prev", "event", "self"}),
    st.text(st.characters(), max_size=1000) | st.integers() | st.none(),
    max_size=5,
)


@settings(max_examples=200)
@given(_TEXTS)
def test_whatever_is_written_is_one_bounded_line_that_harms_no_terminal(
    tmp_path_factory: pytest.TempPathFactory, fields: dict[str, str | int | None]
) -> None:
    """Control characters, marks that turn the direction of text, lone surrogates: escaped; and it all comes back."""
    trail = Trail(tmp_path_factory.mktemp("any"))
    trail.journal.record("test", **fields)
    trail.write(1)
    text = trail.path.read_text()
    assert len(text.splitlines()) == 2
    assert all(char.isprintable() or char == "\n" for char in text)
    assert len(text) < 60_000
    assert trail.verdict().ok
    told = trail.told()[0].fields
    for name, value in fields.items():
        if name not in {"seq", "at"}:
            cut = value[: LONGEST - 1] + "…" if isinstance(value, str) and len(value) > LONGEST else value
            assert told[name] == cut


def test_a_line_knows_its_own_frame(tmp_path: Path) -> None:
    """No field of an event takes the place of what makes the chain."""
    trail = Trail(tmp_path)
    trail.journal.record("test", seq=99, at="yesterday", prev="none", check="none")
    assert trail.verdict().ok
    assert trail.told()[0].at.startswith("2026-")


def test_what_was_written_before_there_was_a_chain_is_adopted(tmp_path: Path) -> None:
    """The chain begins after it, with a line that holds the digest of all of it."""
    trail = Trail(tmp_path)
    for number in range(4):
        append(trail.path, {"at": "2026-01-01T00:00:00.000+00:00", "event": "old", "number": number})
    old = trail.path.read_bytes()
    assert trail.verdict().ok
    assert trail.journal.head().lines == 0
    trail.write(1)
    trail.write(2)
    assert trail.verdict().ok
    assert trail.verdict().remarks == ("4 lines are from before there was a chain",)
    adopted = json.loads(trail.lines[4])
    assert adopted["event"] == "older lines adopted"
    assert (adopted["lines"], adopted["sha256"]) == (4, sha256(old).hexdigest())
    assert adopted["prev"] == sha256(trail.lines[3]).hexdigest()
    assert [entry.event for entry in trail.told()] == ["old"] * 4 + ["older lines adopted"] + ["prune done"] * 2


@given(place=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_a_byte_of_an_adopted_trail_is_named_at_its_line(
    tmp_path_factory: pytest.TempPathFactory, place: int, flip: int
) -> None:
    trail = Trail(tmp_path_factory.mktemp("adopted"))
    for number in range(3):
        append(trail.path, {"event": "old", "number": number})
    trail.write(1)
    trail.write(2)
    content = bytearray(trail.path.read_bytes())
    place %= len(content)
    content[place] ^= flip
    trail.path.write_bytes(content)
    number = bytes(content[:place]).count(b"\n") + 1
    assert trail.wrong()[0] == number


def test_adopted_lines_that_are_gone_or_moved_are_told(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    for number in range(3):
        append(trail.path, {"event": "old", "number": number})
    trail.write(1)
    trail.write(2)
    lines = trail.lines
    trail.lines = [lines[1], lines[0], *lines[2:]]
    assert trail.wrong() == (1, "changed")
    trail.lines = lines[1:]
    assert trail.wrong() == (1, "changed")
    trail.lines = [*lines[:3], *lines[4:]]  # the line that adopts them
    assert trail.wrong() == (4, "missing")
    trail.lines = lines[3:]
    assert trail.wrong() == (1, "missing")


def test_a_torn_last_line_is_closed_off_and_recorded(tmp_path: Path) -> None:
    """Wherever the crash tore it: nothing before is lost, the next line says so, and the chain goes on."""
    trail = Trail(tmp_path, 3)
    whole, last = b"".join(trail.lines[:2]), trail.lines[2]
    for length in range(1, len(last) - 1):
        trail.path.write_bytes(whole + last[:length])
        assert trail.wrong() == (3, "torn")
        trail.write(4)
        note = json.loads(trail.lines[3])
        assert (note["event"], note["seq"], note["lines"]) == ("torn line closed off", 3, 1)
        assert note["sha256"] == sha256(last[:length] + b"\n").hexdigest()
        assert trail.verdict().ok
        assert "audit.jsonl line 3: torn by a crash" in trail.verdict().remarks[0]
    trail.path.write_bytes(whole + last[:-1])  # only its end is missing: nothing of it is lost
    assert trail.wrong() == (3, "torn")
    trail.write(4)
    assert [json.loads(line)["number"] for line in trail.lines] == [1, 2, 3, 4]
    assert trail.verdict().ok


def test_a_recorded_torn_line_cannot_be_changed_either(tmp_path: Path) -> None:
    trail = Trail(tmp_path, 3)
    trail.path.write_bytes(trail.path.read_bytes()[:-40])
    trail.write(4)
    content = trail.path.read_bytes()
    start = len(b"".join(trail.lines[:2]))
    for place in range(start, start + len(trail.lines[2])):
        flipped = bytearray(content)
        flipped[place] ^= 1
        trail.path.write_bytes(flipped)
        assert trail.wrong()[0] == 3, place
    trail.path.write_bytes(content)
    trail.lines = [*trail.lines[:2], *trail.lines[3:]]
    assert trail.wrong()[0] == 3


def test_a_chain_goes_on_in_the_next_file(tmp_path: Path) -> None:
    """What logrotate put aside, packed or not, and the file of now are one chain; the line that is bad has its file."""
    trail = Trail(tmp_path, 3)
    trail.path.rename(tmp_path / "audit.jsonl.1")
    trail.write(4)
    trail.path.rename(tmp_path / "audit.jsonl.2")
    (tmp_path / "audit.jsonl.3.gz").write_bytes(gzip.compress((tmp_path / "audit.jsonl.1").read_bytes()))
    (tmp_path / "audit.jsonl.1").unlink()
    (tmp_path / "audit.jsonl.2").rename(tmp_path / "audit.jsonl.1")
    (tmp_path / "audit.jsonl.3.gz").rename(tmp_path / "audit.jsonl.2.gz")
    assert trail.journal.head().lines == 4
    trail.write(5)
    assert trail.verdict().ok
    assert trail.verdict().head.lines == 5
    assert [entry.fields["number"] for entry in trail.told()] == [1, 2, 3, 4, 5]
    (tmp_path / "audit.jsonl.1").unlink()
    fault = trail.verdict().fault
    assert fault is not None
    assert (fault.file, fault.line, fault.wrong) == ("audit.jsonl", 1, "missing")
    (tmp_path / "audit.jsonl.2.gz").write_bytes(b"\x1f\x8b\x08 nothing")
    with pytest.raises(StorageUnavailable, match=r"audit\.jsonl\.2\.gz cannot be read"):
        trail.verdict()


def test_a_file_that_is_put_aside_after_a_crash_is_closed_off_by_the_next(tmp_path: Path) -> None:
    trail = Trail(tmp_path, 3)
    trail.path.write_bytes(trail.path.read_bytes()[:-10])
    trail.path.rename(tmp_path / "audit.jsonl.1")
    trail.write(4)
    assert [entry.event for entry in trail.told()][-2:] == ["torn line closed off", "prune done"]
    assert trail.verdict().ok
    assert trail.verdict().remarks == ("audit.jsonl.1 line 3: torn by a crash, which the line after it says",)


def test_a_trail_that_is_not_there_is_empty(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    assert trail.verdict().ok
    assert trail.verdict().head == trail.journal.head() == Head(digest=ROOT, lines=0)
    assert trail.told() == []
    assert trail.wrong("ab" * 8) == (1, "cut off")


def test_a_trail_is_never_written_through_a_link(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    trail.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageUnavailable):
        trail.write(1)
    assert not (tmp_path / "elsewhere").exists()


def test_filters_and_their_fields(tmp_path: Path) -> None:
    trail = Trail(tmp_path, 6)
    trail.journal.record("restore done", user="root")
    assert [entry.fields["number"] for entry in trail.told(by="Alice")] == [1, 3, 5]
    assert [entry.event for entry in trail.told(by="root")] == ["restore done"]
    assert len(trail.told(event="PRUNE")) == 6
