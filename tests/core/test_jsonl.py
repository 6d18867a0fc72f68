"""Lines of JSON that survive crashes, and tell when they were changed."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import SystemClock
from core.domain.errors import StorageFull, StorageUnavailable
from core.jsonl import append, read
from tests.machine import small_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "trail.jsonl"


def test_lines_come_back_in_order(path: Path) -> None:
    """Each is one line of plain JSON, in a file of ours alone."""
    for number in range(3):
        append(path, {"number": number, "text": "é\n", "check": "mine"})
    assert read(path) == ([(n, {"number": n - 1, "text": "é\n", "check": "mine"}) for n in (1, 2, 3)], [])
    assert [json.loads(line)["number"] for line in path.read_text().splitlines()] == [0, 1, 2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read(path.with_name("missing")) == ([], [])


@given(st.dictionaries(st.text(), st.text(st.characters()) | st.integers() | st.none(), min_size=1))
def test_whatever_is_said_comes_back(tmp_path_factory: pytest.TempPathFactory, fields: dict[str, object]) -> None:
    """Control characters, quotes, bytes that were no UTF-8: still one line."""
    path = tmp_path_factory.mktemp("jsonl") / "x"
    append(path, fields)
    append(path, {"after": 1})
    assert read(path) == ([(1, fields), (2, {"after": 1})], [])


def test_a_torn_line_is_dropped_named_and_swallows_nothing(path: Path) -> None:
    """Wherever the crash tore it, the lines before and after it are whole."""
    append(path, {"number": 1})
    whole = path.read_bytes()
    append(path, {"number": 2})
    second = path.read_bytes()[len(whole) :]
    for length in range(1, len(second) - 1):
        path.write_bytes(whole + second[:length])
        assert read(path) == ([(1, {"number": 1})], [2])
        append(path, {"number": 3})
        assert read(path) == ([(1, {"number": 1}), (3, {"number": 3})], [2])
    path.write_bytes(whole + second[:-1])  # only its line end is missing: nothing of it is lost
    append(path, {"number": 3})
    assert [number for number, _ in read(path)[0]] == [1, 2, 3]


def test_a_flipped_bit_anywhere_is_seen(path: Path) -> None:
    """In a name, a value, the checksum or a line end: no changed line is ever believed."""
    for number in range(3):
        append(path, {"number": number, "text": "proven"})
    good = read(path)[0]
    content = path.read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            lines, bad = read(path)
            assert bad, (place, bit)
            assert all(fields in [line for _, line in good] for _, fields in lines)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """The lines that were written stay, and the file goes on when there is space again."""
    with small_disk(tmp_path, "size=64k") as disk:
        path = disk / "trail.jsonl"
        append(path, {"number": 1})
        (disk / "filler").write_bytes(b"x" * (56 << 10))
        with pytest.raises(StorageFull, match=r"trail\.jsonl"):
            append(path, {"text": "x" * 12_000})
        (disk / "filler").unlink()
        append(path, {"number": 2})
        assert [fields for _, fields in read(path)[0]] == [{"number": 1}, {"number": 2}]


def test_a_trail_is_never_written_through_a_link(path: Path, tmp_path: Path) -> None:
    """Nor is a folder in its place taken for an empty one."""
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageUnavailable):
        append(path, {"number": 1})
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(StorageUnavailable, match="cannot be read"):
        read(path.parent)


def test_the_real_clock_is_aware_and_goes_on() -> None:
    """UTC; the monotonic one only forward."""
    clock = SystemClock()
    assert clock.now().utcoffset() is not None
    before = clock.monotonic()
    clock.sleep(0.01)
    assert clock.monotonic() >= before + 0.01
