"""Whatever the villages: what was selected comes back, what was there stays, and an undo leaves no trace."""

from hypothesis import given
from hypothesis import strategies as st

from core.registrations.tables import Register
from core.registrations.wish import Wishes
from tests.core.registrations.tables.village import (
    NAMED,
    NUMBERED,
    carried_out,
    changed,
    made,
    plan_of,
    rows,
    tables,
    undo_of,
)

NAMES = ("alice", "Bob", "c'arol", 'd"ave', "é%s")
CHANNELS = ("#one", "#two", "#'; DROP TABLE x")
Village = tuple[set[int], dict[int, int], set[tuple[int, int]]]

people = st.sets(st.integers(0, 4), min_size=1)
owners = st.dictionaries(st.integers(0, 2), st.integers(0, 4))
lists = st.sets(st.tuples(st.integers(0, 2), st.integers(0, 4)))
villages = st.tuples(people, owners, lists)


def _named(village: Village) -> bytes:
    there, founders, access = village
    return made(
        NAMED,
        rows=[
            *(("INSERT INTO account_table VALUES (?, 'h', NULL, 5, 5)", (NAMES[who],)) for who in there),
            *(("INSERT INTO nick_table VALUES (?, ?, 5, 5)", (NAMES[who], NAMES[who])) for who in there),
            *(
                ("INSERT INTO chan_table VALUES (?, ?, 5, 5)", (CHANNELS[at], NAMES[who]))
                for at, who in founders.items()
            ),
            *(("INSERT INTO chanacs_table VALUES (?, ?, '+v')", (CHANNELS[at], NAMES[who])) for at, who in access),
        ],
    )


def _numbered(village: Village, shift: int) -> bytes:
    """The same with numbers; `shift` lets one number mean different people in different villages."""
    there, founders, access = village

    def number(who: int) -> int:
        return (who + shift) % 5 + 1

    return made(
        NUMBERED,
        rows=[
            *(("INSERT INTO account_table VALUES (?, ?, 'h', 5)", (number(who), NAMES[who])) for who in there),
            *(("INSERT INTO nick_table VALUES (?, ?, ?)", (number(who), NAMES[who], number(who))) for who in there),
            *(
                ("INSERT INTO chan_table VALUES (?, ?, 5, ?)", (number(at), CHANNELS[at], number(who)))
                for at, who in founders.items()
                if who in there
            ),
            *(
                ("INSERT INTO chanacs_table(chan_id, account_id, flags) VALUES (?, ?, '+v')", (number(at), number(who)))
                for at, who in sorted(access)
                if who in there and founders.get(at) in there
            ),
        ],
    )


def _selected(content: bytes, name: str) -> tuple[int, set[bytes], set[bytes]]:
    """An account by names alone: whether it is there, its nicks, its channels."""
    register = Register(tables(content), "rfc1459")
    folded = register.fold(name)
    access = register.access_of(folded) if folded in register.accounts else []
    nicks = {nick for nick, row in register.nicks.items() if register.owner(row) == folded}
    return int(folded in register.accounts), nicks, {register.channel_of(row) for row in access}


def _round(backup: bytes, live: bytes, name: str) -> None:
    for founded in (False, True):
        _there_and_back(backup, live, name, founded=founded)


def _there_and_back(backup: bytes, live: bytes, name: str, *, founded: bool) -> None:
    plan = plan_of(name, backup=backup, live=live, wishes=Wishes(founded=founded))
    if plan.blocked:
        assert plan.insertions == ()
        return
    result = carried_out(plan, live)
    before, after = _selected(backup, name), _selected(result, name)
    assert after[0] == 1
    assert after[1] == before[1]
    there = set(Register(tables(result), "rfc1459").channels)
    assert after[2] >= {channel for channel in before[2] if channel in there}
    assert all(row in rows(result)[table] for table, kept in rows(live).items() for row in kept)
    undo = undo_of(plan, result, before=live)
    assert not undo.blocked
    assert rows(carried_out(undo, result)) == rows(live)


@given(villages, villages, st.integers(0, 4))
def test_with_names(
    before: Village,
    after: Village,
    who: int,
) -> None:
    before[0].add(who)
    after[0].discard(who)
    _round(_named(before), _named(after), NAMES[who])


@given(villages, villages, st.integers(0, 4), st.integers(0, 4))
def test_with_numbers(
    before: Village,
    after: Village,
    who: int,
    shift: int,
) -> None:
    before[0].add(who)
    after[0].discard(who)
    _round(_numbered(before, 0), _numbered(after, shift), NAMES[who])


@given(villages, st.integers(0, 2))
def test_a_channel(before: Village, at: int) -> None:
    """Into a database that lost it and nothing else it comes back whole: all rows are as they were."""
    there, founders, _ = before
    if founders.get(at) not in there:
        return
    backup = _numbered(before, 0)
    cut = "DELETE FROM chan_table WHERE id = {0}; DELETE FROM chanacs_table WHERE chan_id = {0}"
    live = changed(backup, cut.format(at % 5 + 1))
    plan = plan_of(CHANNELS[at], kind="channel", backup=backup, live=live)
    assert rows(carried_out(plan, live)) == rows(backup)
