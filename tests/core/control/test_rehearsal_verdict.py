"""What counts as a change, and which words of a log are told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.control.rehearsal_verdict import first_complaint, first_difference, last_words

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
NOW = 1_800_000_000.0
HEAD = b"GRVER 1 \nDBV 12 \nLUID AAAAAAAAC \nCF +AFv \n"
ALICE = b"MU AAAAAAAAB alice $z$x a@lab.test 1700000000 1700000100 +C default \n"
NICK = b"MN alice alice 1700000000 1700000100 \n"
CHANNEL = b"MC #a 1700000000 1700000100 +v 0 0 0  \n"


def difference(before: bytes, after: bytes) -> str | None:
    return first_difference(HEAD + before, HEAD + after, saved_at=NOW)


def test_a_real_reload_is_no_change() -> None:
    """Atheme's own load and save of a real file differs only in what every load does."""
    before, after = (VECTORS / "after.db").read_bytes(), (VECTORS / "after-reloaded.db").read_bytes()
    assert before != after
    assert first_difference(before, after, saved_at=NOW) is None


@given(st.binary())
def test_anything_equals_itself(content: bytes) -> None:
    """Any bytes at all are compared without an error, and nothing differs from itself."""
    assert first_difference(content, content, saved_at=NOW) is None


@given(
    st.lists(st.sampled_from([b"MU", b"MN", b"CA", b"MDA", b"LUID", b"KL", b"TS", b"0", b"a", b"expires", b"\n", b" "]))
)
def test_broken_rows_are_compared_without_an_error(words: list[bytes]) -> None:
    """Rows that lack fields are somebody else's finding."""
    first_difference(b"".join(words), b" ".join(words), saved_at=NOW)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"MDEP a \nMDEP b \n", b"MDEP b \n"),
        (b"TS 1700000000 \n", b"TS 1700000999 \n"),
        (CHANNEL + b"CA #a bob +v 1 gone \n", CHANNEL + b"CA #a bob +v 1 * \n"),
        (ALICE + b"MN alice alice 1700000000 1700000500 \n",
         ALICE.replace(b"1700000100", b"1700000500") + b"MN alice alice 1700000000 1700000500 \n"),
        (ALICE + b"MN alice alice 1600000000 1700000100 \n",
         ALICE.replace(b"1700000000", b"1600000000") + b"MN alice alice 1600000000 1700000100 \n"),
        (b"TS 1700000700 \n" + ALICE.replace(b" 1700000100 ", b" 0 ") + NICK.replace(b" 1700000100 ", b" 0 "),
         b"TS 1700000999 \n" + ALICE.replace(b" 1700000100 ", b" 1700000700 ") + NICK.replace(b"100 ", b"700 ")),
        (CHANNEL + b"CA #a bob +b 1 * \nMDA #a bob expires 1799999999\nMDA #a bob reason x\n", CHANNEL),
        (b"KID 1 \nKL 1 * h 60 1700000000 op reason\n", b"KID 1 \n"),
        (b"XID 1 \nXL 1 name 60 1700000000 op reason\n", b"XID 1 \n"),
        (b"QID 1 \nQL 1 mask 60 1700000000 op reason\n", b"QID 1 \n"),
    ],
    ids=["modules", "stamp", "dead-setter", "seen", "registered", "online", "akick", "akill", "xline", "qline"],
)  # fmt: skip
def test_what_every_load_does_is_no_change(before: bytes, after: bytes) -> None:
    """A refusal for these would block restores that are good."""
    assert difference(before, after) is None


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (ALICE + NICK, ALICE.replace(b"$z$x", b"$z$y") + NICK, "line 5 (MU)"),
        (ALICE + NICK, ALICE, "line 6 (MN)"),
        (ALICE, ALICE + NICK, "added 1 rows (MN)"),
        (ALICE, ALICE.replace(b"1700000100", b"1700000999"), "line 5 (MU)"),
        (CHANNEL + b"CA #a bob +v 1 * \n", CHANNEL + b"CA #a bob +v 1 bob \n", "line 6 (CA)"),
        (CHANNEL + b"CA #a bob +v 1 x \n", CHANNEL + b"CA #a bob +o 1 * \n", "line 6 (CA)"),
        (CHANNEL + b"CA #a bob +b 1 * \nMDA #a bob expires 1800000999\n", CHANNEL, "line 6 (CA)"),
        (b"KL 1 * h 0 1700000000 op for ever\n", b"", "line 5 (KL)"),
    ],
    ids=["hash", "lost-nick", "new-nick", "time", "new-setter", "flags", "akick-that-lasts", "akill-for-ever"],
)
def test_everything_else_is_a_change(before: bytes, after: bytes, told: str) -> None:
    """The place is told, never the row: it may hold a hash."""
    found = difference(before, after)
    assert found is not None
    assert told in found
    assert "$z$" not in found


def test_luid_may_only_lose_its_stray_letter() -> None:
    """A lower LUID would give the same id to two accounts."""
    assert first_difference(b"LUID AAAAAAAACA \n", b"LUID AAAAAAAAC \n", saved_at=NOW) is None
    assert first_difference(b"LUID AAAAAAAAC \n", b"LUID AAAAAAAAB \n", saved_at=NOW) is not None


def test_complaints_are_told_without_addresses_and_folders() -> None:
    """A log line goes to chat: no e-mail address, no host, no path of ours."""
    log = (
        "[2026-11-23 10:27:55] module_load(): module /usr/lib/x is already loaded\n"
        "[10:27:55] db-h-x: line 4: bad mask eve!e@198.51.100.7 of eve@example.org at 198.51.100.7 /tmp/a/b.db\n"
    )
    told = first_complaint(log)
    assert told is not None
    assert told.startswith("db-h-x: line 4: bad mask")
    assert not any(secret in told for secret in ("198.51", "example", "/tmp"))


def test_a_configuration_s_own_troubles_are_no_complaint() -> None:
    """Missing modules, unknown options and no network trouble the live services as well, and say nothing of rows."""
    log = (
        "[x] module_locate_symbol(): nickserv/set_core is not loaded.\n"
        "[x] conf: unknown configuration option: foo\n"
        "[x] connection_open_tcp(): failed to connect to 127.0.0.1: 101 (Network is unreachable)\n"
    )
    assert first_complaint(log) is None
    assert last_words(log, 1).startswith("connection_open_tcp")
    assert last_words("", 139) == "exit code 139"
