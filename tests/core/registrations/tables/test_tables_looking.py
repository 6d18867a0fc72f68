"""Finding, comparing and exporting where accounts and channels lie in tables; nothing secret is ever told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.sqlite.others import other_rows, other_tables
from core.registrations.change import Difference
from core.registrations.tables import Register
from core.registrations.tables.difference import compare_tables
from core.registrations.tables.personal import personal_rows
from core.registrations.tables.secrecy import is_secret
from core.registrations.tables.whereabouts import find_in_register
from core.registrations.whereabouts import Sighting
from tests.core.registrations.tables.village import (
    AFTER,
    AFTER_NUMBERED,
    ALICE,
    BEFORE,
    BEFORE_NUMBERED,
    NAMED,
    OTHERS,
    changed,
    made,
    tables,
)

BOTH = pytest.mark.parametrize("content", [BEFORE, BEFORE_NUMBERED], ids=["named", "numbered"])


def register(content: bytes) -> Register:
    return Register(tables(content), "rfc1459")


def found(content: bytes, name: str) -> Sighting | None:
    return find_in_register(register(content), name.encode())


def difference(before: bytes, after: bytes) -> Difference:
    return compare_tables(register(before), register(after), others=(other_rows(before), other_rows(after)))


def told(before: bytes, after: bytes) -> list[str]:
    return [str(change) for change in difference(before, after).changes]


# --- find ----------------------------------------------------------------------------------------


@BOTH
def test_an_account_is_found_by_any_nick_and_a_channel_by_its_name(content: bytes) -> None:
    """In whatever case, whether others mean it by name or by number."""
    assert str(found(content, "ALICE")) == ("account alice (registered 2019-03-02, nicks alice_, founder of 1 channel)")
    nick = found(content, "Alice_")
    assert nick is not None
    assert nick.title == "nick alice_ of account alice"
    assert str(found(content, "#TOWN")) == "channel #town (registered 2019-03-02, founder bob, 3 on its list)"
    assert found(content, "nobody") is found(content, "#nowhere") is found(content, "!group") is None


@BOTH
def test_another_account_of_the_name_is_another_thing(content: bytes) -> None:
    anew = changed(content, "UPDATE account_table SET registered = 1700000001 WHERE name = 'alice'")
    one, other = (found(each, "alice") for each in (content, anew))
    assert one is not None
    assert other is not None
    assert one.identity != other.identity


def test_who_is_operator_is_told() -> None:
    content = changed(
        BEFORE,
        "ALTER TABLE account_table ADD COLUMN operclass TEXT",
        "UPDATE account_table SET operclass = 'netadmin' WHERE name = 'bob'",
    )
    assert "services operator" in str(found(content, "bob"))
    assert "services operator" not in str(found(content, "alice"))


# --- diff ----------------------------------------------------------------------------------------


@BOTH
def test_a_database_differs_in_nothing_from_itself(content: bytes) -> None:
    assert difference(content, content) == Difference(changes=())


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        (BEFORE, AFTER, []),
        (BEFORE_NUMBERED, AFTER_NUMBERED, ["account carol registered", "nick carol_ grouped: account carol (new)",
         "channel #carol registered: founder carol (new); 1 access entry added"]),
    ],
    ids=["named", "numbered"],
)  # fmt: skip
def test_who_went_and_came_is_told_in_peoples_terms(before: bytes, after: bytes, more: list[str]) -> None:
    flags = "+Aiotv" if before is BEFORE else "+o"
    assert sorted(told(before, after)) == sorted(
        [
            "account alice dropped",
            "nick alice_ ungrouped: account alice (gone)",
            "channel #alice dropped: founder alice (gone); 2 access entries gone",
            f"channel #town changed: access of alice {flags} (gone)",
            *more,
        ]
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE account_table SET pass = 'other' WHERE name = 'bob'", "account bob changed: pass changed"),
        ("UPDATE account_table SET email = 'evil@x' WHERE name = 'bob'", "account bob changed: email changed"),
        ("UPDATE account_table SET name = 'BOB' WHERE name = 'bob'", "account BOB changed: name bob → BOB"),
        ("UPDATE account_table SET registered = 1700000000 WHERE name = 'bob'",
         "account bob is another now: registered 2019-03-01 → 2023-11-14"),
        ("UPDATE nick_table SET account = 'bob' WHERE nick = 'alice_'", "nick alice_ changed: account alice → bob"),
        ("UPDATE chan_table SET founder = 'alice' WHERE chan = '#town'", "channel #town changed: founder alice (new)"),
        ("UPDATE chanacs_table SET flags = '+Aiotvf' WHERE account = 'alice' AND chan = '#town'",
         "channel #town changed: access of alice +Aiotv → +Aiotvf"),
        ("DELETE FROM chanacs_table WHERE account LIKE '%bad.example'", "channel #town changed: 1 hostmask gone"),
        ("INSERT INTO chanacs_table VALUES ('#town', 'alice2!*@secret.example', '+b')",
         "channel #town changed: 1 hostmask added"),
    ],
)  # fmt: skip
def test_what_changed_is_told_and_no_secret_is(change: str, expected: str) -> None:
    lines = told(BEFORE, changed(BEFORE, change))
    assert lines == [expected]
    assert not any(word in json.dumps(lines) for word in ("hash-of", "other'", "evil@x", "secret.example"))


def test_who_got_power_is_told_first() -> None:
    live = changed(
        BEFORE,
        "ALTER TABLE account_table ADD COLUMN admin INT",
        "UPDATE account_table SET admin = 1 WHERE name = 'bob'; DELETE FROM nick_table WHERE nick = 'alice_'",
    )
    assert told(BEFORE, live)[0] == "operator bob made"
    assert difference(BEFORE, live).others == {"columns of the table of accounts": (0, 1)}


def test_times_of_use_are_counted_and_other_tables_too() -> None:
    """They change while people only come and go; what other tables mean, nobody here knows."""
    live = changed(
        BEFORE,
        "UPDATE account_table SET lastlogin = 5; UPDATE nick_table SET lastseen = 5",
        "CREATE TABLE quotes(text); INSERT INTO quotes VALUES ('a'), ('a'), ('b')",
        "INSERT INTO chanacs_table VALUES ('#gone', 'bob', '+o')",
    )
    found_difference = difference(BEFORE, live)
    assert found_difference.changes == ()
    assert found_difference.volatile == {"last used": 5}
    assert found_difference.others == {"rows of quotes": (0, 3), "access to channels that are not there": (0, 1)}


CHANNEL: tuple[str, tuple[object, ...]] = ("INSERT INTO chan_table VALUES ('#c', NULL, 1, 1)", ())


def _person(data: st.DataObject, name: str) -> list[tuple[str, tuple[object, ...]]]:
    born, flags = data.draw(st.integers(1, 2)), data.draw(st.sampled_from(["+F", "+o"]))
    return [
        ("INSERT INTO account_table VALUES (?, 'x', 'y', ?, 3)", (name, born)),
        ("INSERT INTO nick_table VALUES (?, ?, 1, 1)", (name, name)),
        ("INSERT INTO chanacs_table VALUES ('#c', ?, ?)", (name, flags)),
    ]


@given(data=st.data())
def test_a_difference_seen_from_the_other_side_is_its_mirror(data: st.DataObject) -> None:
    """What was dropped from one is registered in the other, whatever happened between them."""
    people = st.lists(st.sampled_from(["ann", "ben", "cy"]), unique=True)
    sides = [
        made(NAMED, rows=[row for one in data.draw(people) for row in _person(data, one)] + [CHANNEL]) for _ in range(2)
    ]
    there, back = difference(*sides), difference(*reversed(sides))
    assert sorted(map(str, there.changes)) == sorted(str(change.mirrored()) for change in back.changes)


# --- export --------------------------------------------------------------------------------------


@BOTH
def test_an_export_has_all_of_one_person_and_nothing_of_others(content: bytes) -> None:
    document = personal_rows(register(content), b"ALICE")
    text = json.dumps(document)
    assert "alice_" in text
    assert "#town" in text
    assert [one["channel"] for one in document["founded"]] == ["#alice"]  # type: ignore[attr-defined]  # a list, as JSON has it
    assert "bob" not in text
    assert "hash-of" not in text
    assert "2019-03-02T00:00:00+00:00" in text
    assert document["left_out"] == ["account_table: pass: they open or guard the account"]


def test_columns_that_look_like_secrets_or_name_others_are_left_out_and_named() -> None:
    """And tables that nobody here knows are named, for somebody to look into."""
    secret = ("reset_token", "Salt", "api_key", "cookie_jar", "secret_question", "passwd", "pwhash")
    content = changed(
        made(NAMED, OTHERS, ALICE),
        *(f"ALTER TABLE account_table ADD COLUMN {column} TEXT DEFAULT 'SECRET'" for column in secret),
        "ALTER TABLE chanacs_table ADD COLUMN setter TEXT DEFAULT 'bob'",
        "CREATE TABLE memos(text); INSERT INTO memos VALUES ('for alice')",
    )
    document = personal_rows(register(content), b"ALICE", other_tables=other_tables(content))
    assert "SECRET" not in json.dumps(document)
    assert document["left_out"] == [
        f"account_table: pass, {', '.join(secret)}: they open or guard the account",
        "chanacs_table: setter: they name other people",
        "tables that nobody here knows, which were not looked into: memos",
    ]
    assert not is_secret("email")


def test_text_of_any_charset_is_exported() -> None:
    content = made(
        NAMED, rows=[("INSERT INTO account_table VALUES (CAST(? AS TEXT), 'x', ?, 1, 2)", (b"caf\xe9", b"\xff"))]
    )
    document = personal_rows(register(content), b"CAF\xe9")
    assert document["account"] == {
        "name": "café",
        "email": "ÿ",
        "registered": "1970-01-01T00:00:01+00:00",
        "lastlogin": "1970-01-01T00:00:02+00:00",
    }
