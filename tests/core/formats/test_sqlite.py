"""SQLite databases that somebody else wrote: read whole, judged right, and never believed."""

import sqlite3
from contextlib import closing, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.finding import Severity
from core.formats.sqlite import Unreadable, check, inspect, is_sqlite, opened, quoted, read
from tests.core.registrations.tables.village import BEFORE, BEFORE_NUMBERED, NAMED, changed, made

MAGIC = b"SQLite format 3\0"
ODD = ["it's", 'say "x"', "100%", "%s", "'; DROP TABLE account_table; --", "a\0b", "žluťoučký 🐎", "?", ":name", ""]


def wal(content: bytes) -> bytes:
    """The same database, in WAL mode as its header says."""
    return content[:18] + b"\2\2" + content[20:]


def test_the_first_bytes_decide() -> None:
    assert is_sqlite(BEFORE)
    assert not is_sqlite(b"DBV 12\n")
    assert not is_sqlite(b"")


def test_a_good_database_is_counted_and_has_no_finding() -> None:
    counts, findings = inspect(BEFORE)
    assert findings == ()
    assert counts == {"accounts": 2, "nicks": 3, "channels": 2, "access": 5, "tables": 4, "rows": 12}


def test_a_database_in_wal_mode_opens_from_its_bytes() -> None:
    """Its header names a log that a copy does not have."""
    assert inspect(wal(BEFORE)) == inspect(BEFORE)
    assert read(wal(BEFORE)) == read(BEFORE)


@pytest.mark.parametrize(
    ("content", "code", "severity"),
    [
        (b"", "unreadable", Severity.STOPS_SERVICES),
        (b"DBV 12\n", "unreadable", Severity.STOPS_SERVICES),
        (MAGIC, "truncated", Severity.LOSES_DATA),
        (MAGIC + b"\xff" * 5000, "unreadable", Severity.STOPS_SERVICES),
        (BEFORE[: len(BEFORE) // 2], "truncated", Severity.LOSES_DATA),
        (BEFORE[:-1], "truncated", Severity.LOSES_DATA),
        (BEFORE[:8192] + b"\xff" * 4096 + BEFORE[12288:], "unreadable", Severity.STOPS_SERVICES),
        (b"#townbox".join(BEFORE.rsplit(b"#townbob", 1)), "integrity", Severity.LOSES_DATA),
        (made("CREATE TABLE other(x)"), "no-registrations", Severity.WARNING),
        (made("CREATE TABLE nick_table(display)"), "column-missing", Severity.WARNING),
    ],
    ids=["empty", "text", "magic", "garbage", "half", "a byte", "a page", "an index", "other tables", "other columns"],
)
def test_what_is_wrong_is_found(content: bytes, code: str, severity: Severity) -> None:
    found = {finding.code: finding.severity for finding in check(content)}
    assert found.get(code) == severity, found


def test_a_reference_to_nobody_is_a_warning() -> None:
    """SQLite lets it be unless it is told otherwise, so it must not stop the backups of a network."""
    content = changed(BEFORE_NUMBERED, "DELETE FROM account_table WHERE id = 2")
    assert {(finding.code, finding.severity) for finding in check(content)} == {("foreign-key", Severity.WARNING)}


@given(st.integers(0, len(BEFORE)))
def test_a_database_cut_anywhere_is_a_finding(size: int) -> None:
    if size < len(BEFORE):
        assert max(finding.severity for finding in check(BEFORE[:size])) > Severity.WARNING


@given(st.lists(st.tuples(st.integers(0, len(BEFORE_NUMBERED) - 1), st.integers(0, 255)), min_size=1, max_size=40))
def test_whatever_bytes_are_broken_nothing_is_raised_but_what_is_promised(breaks: list[tuple[int, int]]) -> None:
    content = bytearray(BEFORE_NUMBERED)
    for at, value in breaks:
        content[at] = value
    inspect(bytes(content))
    with suppress(Unreadable):
        read(bytes(content))


@given(st.binary(max_size=3000))
def test_garbage_behind_the_magic_is_a_finding(garbage: bytes) -> None:
    assert check(MAGIC + garbage)


def test_names_of_tables_and_columns_are_quoted() -> None:
    content = made('CREATE TABLE "a""b\'; DROP TABLE x; --"("c %s ""d" UNIQUE, [select])', NAMED)
    counts, findings = inspect(content)
    assert findings == ()
    assert counts["tables"] == 5
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute("SELECT 1 AS " + quoted('x;"--')).description[0][0] == 'x;"--'


@pytest.mark.parametrize("name", ["a\0b", "\udcff"])
def test_a_name_that_no_statement_can_say_is_refused(name: str) -> None:
    with pytest.raises(Unreadable):
        quoted(name)


@pytest.mark.parametrize("name", ODD)
def test_whatever_a_name_holds_comes_out_as_it_went_in(name: str) -> None:
    content = made(NAMED, rows=[("INSERT INTO account_table VALUES (?, 'x', NULL, 1, 1)", (name,))])
    accounts = read(content).accounts
    assert accounts is not None
    assert accounts.rows[0].values[0] == name


def test_text_that_is_not_utf_8_is_kept() -> None:
    content = made(NAMED, "INSERT INTO account_table VALUES (CAST(X'E961FF' AS TEXT), X'00FF', NULL, 1.5, 1)")
    accounts = read(content).accounts
    assert accounts is not None
    assert accounts.rows[0].values == ("\udce9a\udcff", b"\x00\xff", None, 1.5, 1)


def test_a_view_is_not_taken_for_a_table() -> None:
    """What it shows lies elsewhere, and reading it could take for ever."""
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS name FROM n"
    assert read(made(f"CREATE VIEW account_table AS {endless}")).accounts is None


def test_a_database_that_computes_for_ever_is_cut_short_and_not_called_damaged() -> None:
    """A check constraint with a function that eats memory or time is somebody's attack, or madness."""
    deep = "hex(randomblob(400000))" + " || hex(randomblob(400000))" * 3
    rows = [("INSERT INTO t(x) VALUES (?)", (number,)) for number in range(50)]
    content = made(f"CREATE TABLE t(x INT, CHECK (x >= 0 OR length({deep}) > 1))", NAMED, rows=rows)
    assert all(finding.severity == Severity.WARNING for finding in check(content))


def test_nothing_can_be_written_through_an_opened_copy() -> None:
    def write(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM account_table")

    with pytest.raises(Unreadable, match="readonly"), opened(BEFORE) as connection:
        write(connection)


def test_no_finding_quotes_a_value() -> None:
    content = made(
        "CREATE TABLE account_table(name, email CHECK (length(email) < 5)); PRAGMA ignore_check_constraints=ON;"
        "INSERT INTO account_table VALUES ('alice', 'alice@secret.example')"
    )
    told = " ".join(map(str, check(content)))
    assert "CHECK" in told
    assert "secret" not in told


def test_the_shape_of_a_table_is_known() -> None:
    tables = read(BEFORE_NUMBERED)
    assert tables.accounts is not None
    assert tables.nicks is not None
    assert [unique.columns for unique in tables.accounts.uniques] == [("id",), ("name",)]
    assert tables.accounts.uniques[1].collations == ("NOCASE",)
    owner = tables.nicks.column("ACCOUNT_ID")
    assert owner is not None
    assert owner.refers_to == ("account_table", "id")
    assert owner.required


def test_a_table_without_row_numbers_and_with_computed_columns_is_read() -> None:
    tables = read(
        made(
            "CREATE TABLE account_table(name TEXT PRIMARY KEY, low AS (lower(name)), rowid TEXT) WITHOUT ROWID;"
            "INSERT INTO account_table VALUES ('Alice', 'x')"
        )
    )
    assert tables.accounts is not None
    assert tables.accounts.rows[0].values == ("Alice", "alice", "x")
    assert [column.generated for column in tables.accounts.columns] == [False, True, False]
