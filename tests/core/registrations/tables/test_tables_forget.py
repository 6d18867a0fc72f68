"""Who asked to be forgotten comes back in no table: known by number or name and time, else by name."""

import pytest

from core.erasure import Forgotten, Tombstone, account_tag, name_tag
from core.registrations.tables import Register, plan_undo
from core.registrations.tables.forgetting import people
from core.registrations.wish import Network, Wishes
from tests.core.registrations.tables.village import (
    AFTER,
    AFTER_NUMBERED,
    BEFORE,
    BEFORE_NUMBERED,
    NAMED,
    NOW,
    NUMBERED,
    OTHERS,
    OTHERS_NUMBERED,
    carried_out,
    changed,
    made,
    plan_of,
    rows_of,
    tables,
)

BOTH = pytest.mark.parametrize(
    ("before", "after"), [(BEFORE, AFTER), (BEFORE_NUMBERED, AFTER_NUMBERED)], ids=["named", "numbered"]
)


def forgotten(content: bytes, name: bytes) -> Forgotten:
    """The tombstone that `backupserv forget` makes of an account in this database."""
    key = bytes(32)
    register = Register(tables(content), "rfc1459")
    uid, registered, spelt = next(one for one in people(register) if one[2][0] == name)
    tags = {account_tag(key, uid, registered), *(name_tag(key, register.fold(nick)) for nick in spelt)}
    return Forgotten([Tombstone(id="AAAAAA", day="2026-11-20", by="test", tags=frozenset(tags))], key)


@BOTH
def test_who_was_forgotten_is_refused_by_any_nick_and_the_day_is_said(before: bytes, after: bytes) -> None:
    erasure = forgotten(before, b"alice")
    for name in ("alice", "ALICE_"):
        for wishes in (Wishes(), Wishes(new_name="alice2"), Wishes(choices={"": "replace"})):
            plan = plan_of(name, backup=before, live=after, erasure=erasure, wishes=wishes)
            assert plan.blocked == "account alice was forgotten on 2026-11-20, and is never brought back"
            assert plan.insertions == ()
    assert plan_of("bob", backup=before, live=after, erasure=erasure, wishes=Wishes(choices={"": "replace"})).insertions


@BOTH
def test_somebody_who_registered_the_name_later_is_somebody_else(before: bytes, after: bytes) -> None:
    """Also where SQLite gave the number out again: the time of registration differs."""
    later = changed(before, "UPDATE account_table SET registered = 1700000001 WHERE name = 'alice'")
    plan = plan_of(backup=later, live=after, erasure=forgotten(before, b"alice"))
    assert plan.blocked == ""


def test_where_no_column_says_when_the_name_decides() -> None:
    """It cannot be told who it is, so nobody of that name comes back."""
    shape = NAMED.replace("email TEXT, registered INT, lastlogin INT", "email TEXT")
    people_now = "INSERT INTO account_table VALUES ('alice', 'x', 'y'), ('bob', 'x', 'y');"
    backup, live = made(shape, people_now), made(shape)
    erasure = forgotten(backup, b"alice")
    assert "was forgotten on 2026-11-20" in plan_of(backup=backup, live=live, erasure=erasure).blocked
    assert plan_of("bob", backup=backup, live=live, erasure=erasure).blocked == ""


@BOTH
def test_a_channel_comes_back_without_the_access_of_the_forgotten_and_without_their_name(
    before: bytes, after: bytes
) -> None:
    """The one who founded it, and one who was on its list."""
    erasure = forgotten(before, b"alice")
    plan = plan_of("#alice", kind="channel", backup=before, live=after, erasure=erasure)
    assert "has no founder: the last one asked to be forgotten" in plan.blocked
    wishes = Wishes(founder="bob")
    plan = plan_of("#alice", kind="channel", backup=before, live=after, erasure=erasure, wishes=wishes)
    assert "access: somebody asked to be forgotten" in plan.left_out
    assert not [text for text in (*plan.details(), plan.blocked) if "alice asked" in text]
    result = carried_out(plan, after)
    assert not [row for row in rows_of(result, "chanacs_table") if "alice" in row]
    with_bob = forgotten(before, b"bob")
    plan = plan_of(
        "#alice", kind="channel", backup=before, live=before, erasure=with_bob, wishes=Wishes(choices={"": "replace"})
    )
    assert "access: somebody asked to be forgotten" in plan.left_out


@BOTH
def test_who_was_forgotten_is_neither_made_a_founder_nor_added_to(before: bytes, after: bytes) -> None:
    erasure = forgotten(before, b"bob")
    plan = plan_of("#alice", kind="channel", backup=before, live=after, erasure=erasure, wishes=Wishes(founder="bob"))
    assert "bob, who should be the founder, was forgotten on 2026-11-20" in plan.blocked
    other = changed(before, "UPDATE account_table SET registered = 5 WHERE name = 'alice'")
    erasure = forgotten(before, b"alice")
    plan = plan_of(backup=other, live=before, erasure=erasure, wishes=Wishes(choices={"": "merge"}))
    assert "was forgotten on 2026-11-20: choose replace or as NEWNAME" in plan.blocked


SECOND = """
INSERT INTO account_table VALUES ('alice', 'new', 'n@example.net', 1700000009, 1);
INSERT INTO nick_table VALUES ('alice', 'alice', 1, 1), ('ally', 'alice', 1, 1);
INSERT INTO chanacs_table VALUES ('#town', 'alice', '+v');
"""
SECOND_NUMBERED = """
INSERT INTO account_table VALUES (7, 'alice', 'new', 1700000009);
INSERT INTO nick_table VALUES (7, 'alice', 7), (8, 'ally', 7);
INSERT INTO chanacs_table VALUES (9, 1, 7, NULL, '+v');
"""


@pytest.mark.parametrize(
    ("before", "live"),
    [(BEFORE, made(NAMED, OTHERS, SECOND)), (BEFORE_NUMBERED, made(NUMBERED, OTHERS_NUMBERED, SECOND_NUMBERED))],
    ids=["named", "numbered"],
)
def test_undo_does_not_give_back_an_account_that_was_forgotten_since(before: bytes, live: bytes) -> None:
    """It was replaced; its nicks and access stay away with it."""
    plan = plan_of(backup=before, live=live, wishes=Wishes(choices={"": "replace"}))
    restored = carried_out(plan, live)
    free, bound = (
        plan_undo(
            plan,
            before=tables(live),
            live=tables(restored),
            wishes=Wishes(),
            network=Network(),
            now=NOW,
            erasure=erasure,
        )
        for erasure in (None, forgotten(live, b"alice"))
    )
    assert len(free.insertions) >= 4
    assert bound.insertions == ()
    assert "an account that was forgotten since" in bound.left_out
    assert not [row for row in rows_of(carried_out(bound, restored), "account_table") if "alice" in row]
