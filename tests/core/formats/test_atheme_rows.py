"""Reading and printing: nothing is lost, whatever the bytes."""

import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.domain.casemapping import Casemapping
from core.formats.atheme import counts, lookup, lookup_in, parse, render
from core.formats.atheme.schema import is_uid, next_uid, uid_order
from tests.strategies_atheme import databases

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
BEFORE = (VECTORS / "before.db").read_bytes()
LINES = st.lists(st.sampled_from([b"MU a b", b"", b" ", b"\r", b"\0", b"caf\xe9", b"x" * 5000, b"# c"]))


@given(content=st.binary() | st.builds(b"\n".join, LINES) | databases())
def test_any_bytes_come_out_as_they_went_in(content: bytes) -> None:
    """Round trip on anything: CR, NUL, Latin-1, no last LF, nothing at all."""
    assert render(parse(content)) == content


def test_real_databases_come_out_as_they_went_in() -> None:
    """Byte for byte, for everything that Atheme 7.2.12 wrote."""
    for path in sorted(VECTORS.glob("*.db")):
        assert render(parse(path.read_bytes())) == path.read_bytes(), path.name


def test_rows_know_their_line_and_their_kind_as_services_read_it() -> None:
    """Types are read without case; what begins with #, blank, tab or CR is skipped."""
    rows = parse(b"mu a\n#x\n y\n\tz\n\r\n\nMU b ").rows
    assert [row.kind for row in rows] == [b"MU", b"", b"", b"", b"", b"", b"MU"]
    assert [row.line for row in rows] == list(range(1, 8))


def test_empty_fields_are_fields() -> None:
    """A channel without a key ends in two blanks."""
    assert parse(b"MC #a 1 2 + 0 0 0  \n").rows[0].fields[-2:] == [b"", b""]


def test_counts_are_those_of_the_file() -> None:
    """Seven accounts, with what belongs to them."""
    found = counts(parse(BEFORE))
    assert found["accounts"] == 7
    assert found["nicks"] == 10
    assert found["certfps"] == 2
    assert found["memos"] == 3
    assert found["groups"] == 3
    assert found["channels"] == 6
    assert found["access"] == 20
    assert counts(parse(b""))["accounts"] == 0


def test_an_account_is_found_by_its_name_and_by_its_nicks_folded_as_configured() -> None:
    """`eRIN{X}` is `Erin[x]` under rfc1459, and is nobody under ascii."""
    database = parse(BEFORE)
    assert lookup(database, b"ALICE", "rfc1459") == b"alice"
    assert lookup(database, b"alice\\AWAY", "rfc1459") == b"alice"
    assert lookup(database, b"eRIN{X}", "rfc1459") == b"Erin[x]"
    assert lookup(database, b"eRIN{X}", "ascii") is None
    assert lookup(database, b"", "ascii") is None


@given(
    content=databases()
    | st.builds(b"\n".join, st.lists(st.sampled_from([b"MU 1 ab", b"mn ab Z", b"MN x {", b"z", b""]))),
    name=st.sampled_from([b"a", b"AB", b"z", b"[", b"{", b"b^", b"", b" ", b"a b", b"\n"]),
    casemapping=st.sampled_from(["rfc1459", "ascii"]),
)
def test_a_name_is_found_in_a_file_as_in_its_rows(content: bytes, name: bytes, casemapping: Casemapping) -> None:
    """To look through many snapshots none of them need be read whole."""
    assert lookup_in(content, name, casemapping) == lookup(parse(content), name, casemapping)


def test_uids_run_from_letters_to_digits() -> None:
    """Z is followed by 0, and 9 by A of the next place; the first moving place has letters only."""
    assert next_uid(b"AAAAAAAAZ") == b"AAAAAAAA0"
    assert next_uid(b"AAAAAAAA9") == b"AAAAAAABA"
    assert next_uid(b"AAAA99999") == b"AAABAAAAA"
    assert uid_order(b"AAAAAAAA0") > uid_order(b"AAAAAAAAZ")
    assert uid_order(b"AAAAAAAAKA") == uid_order(b"AAAAAAAAK")
    assert is_uid(b"AAAAAAAA0")
    assert not is_uid(b"AAAAAAAA")


def test_a_large_network_is_read_in_seconds() -> None:
    """440,000 rows; three seconds are promised, and the clock of a busy machine is given some room."""
    content = b"MDU somebody private:host:actual somebody@192.0.2.1 and so on\n" * 440_000
    began = time.process_time()
    assert len(parse(content).rows) == 440_000
    assert time.process_time() - began < 3
