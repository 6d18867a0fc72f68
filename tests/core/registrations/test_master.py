"""Between Atheme 7.2 and master (7.3): what comes back is in the letters of the services that will read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.finding import Severity
from core.formats.atheme import check, counts, is_master, join, parse
from core.registrations.row_plan import RowPlan
from core.registrations.wish import Kind, Network, Wishes
from tests.core.formats.master import SAVED, as_master
from tests.core.registrations.test_undo import is_good, undo_of
from tests.core.registrations.town import AFTER, BEFORE, NOW, STAMP, carried_out, dropped, lines, plan_of, swapped
from tests.strategies_atheme import databases

BEFORE_MASTER, AFTER_MASTER = as_master(BEFORE), as_master(AFTER)


@pytest.mark.parametrize(
    "content", [BEFORE_MASTER, as_master(BEFORE, online=()), BEFORE], ids=["online", "idle", "7.2"]
)
def test_a_good_file_of_either_version_has_no_finding(content: bytes) -> None:
    """TS, JR with a rate below zero, few modules, the new letters, a last login of 0."""
    assert check(content, casemapping="rfc1459") == ()
    assert join([row.raw for row in parse(content).rows], ended=True) == content
    assert counts(parse(content))["accounts"] == 7


def test_the_two_are_told_apart() -> None:
    assert is_master(parse(BEFORE_MASTER))
    assert not is_master(parse(BEFORE))


@given(content=databases(master=True))
def test_every_file_of_master_is_read_and_printed_as_it_was(content: bytes) -> None:
    """And has no finding worse than a warning."""
    assert join([row.raw for row in parse(content).rows], ended=True) == content
    assert [item for item in check(content, casemapping="rfc1459") if item.severity > Severity.WARNING] == []


TARGETS: list[tuple[Kind, str, Wishes]] = [
    ("account", "alice", Wishes(founded=True, operator=True)),
    ("channel", "#gamma", Wishes(founder="bob")),
    ("channel", "#alpha", Wishes(choices={"": "replace"}, founder="bob")),
    ("group", "!staff", Wishes(choices={"": "replace"}, founder="bob")),
    ("account", "bob", Wishes(choices={"": "replace"})),
    ("account", "bob", Wishes(new_name="bob2")),
]
WAYS = pytest.mark.parametrize(
    ("backup", "live"),
    [(BEFORE, AFTER_MASTER), (BEFORE_MASTER, AFTER), (BEFORE_MASTER, AFTER_MASTER)],
    ids=["7.2 to master", "master to 7.2", "master to master"],
)


def planned(target: tuple[Kind, str, Wishes], backup: bytes, live: bytes) -> RowPlan:
    kind, name, wishes = target
    return plan_of(name, kind=kind, backup=backup, live=live, wishes=wishes)


@WAYS
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target[0]}-{target[1]}")
def test_what_comes_back_is_proven_and_can_be_taken_back(
    target: tuple[Kind, str, Wishes], backup: bytes, live: bytes
) -> None:
    """Services of the living version find nothing to complain of; the time of the save and join rates are theirs."""
    plan = planned(target, backup, live)
    result = carried_out(plan, live)
    assert is_good(result)
    assert lines(result, b"TS ", b"JR ", b"MDEP ") == lines(live, b"TS ", b"JR ", b"MDEP ")
    assert not [row for row in plan.additions if row.startswith((b"TS ", b"JR ", b"MDEP "))]
    back = carried_out(undo_of(plan, result), result)
    assert is_good(back)
    assert lines(back, b"TS ", b"JR ") == lines(live, b"TS ", b"JR ")


@WAYS
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target[0]}-{target[1]}")
def test_a_last_use_of_0_is_never_written(target: tuple[Kind, str, Wishes], backup: bytes, live: bytes) -> None:
    """It means logged in; 7.2 would take it for 1970, and drop the account within the hour."""
    plan = planned(target, backup, live)
    result = carried_out(plan, live)
    undone = undo_of(plan, result)
    for row in (*plan.additions, *undone.additions):
        fields = row.split(b" ")
        if fields[0] in {b"MU", b"MN"}:
            assert fields[6 if fields[0] == b"MU" else 4] == STAMP


def test_letters_that_only_master_has_stay_out_of_7_2_and_that_is_told() -> None:
    """An `a` in front would make 7.2 lose all flags of the channel."""
    plan = planned(TARGETS[0], BEFORE_MASTER, AFTER)
    result = carried_out(plan, AFTER)
    assert lines(result, b"MU AAAAAAAAC")[0].split(b" ")[7] == b"+Cb"
    assert lines(result, b"MC #gamma")[0].split(b" ")[4] == b"+vg"
    assert "flags that these services do not know stay out: l" in plan.notes
    assert "flags of a channel that these services do not know stay out: a" in plan.notes
    group = planned(TARGETS[3], BEFORE_MASTER, AFTER)
    assert lines(carried_out(group, AFTER), b"GRP AAAAAAAAI") == [b"GRP AAAAAAAAI !staff 1795396573 + "]


def test_master_gets_its_own_letters_back_in_their_order() -> None:
    plan = planned(TARGETS[0], BEFORE_MASTER, AFTER_MASTER)
    result = carried_out(plan, AFTER_MASTER)
    assert lines(result, b"MU AAAAAAAAC")[0].split(b" ")[7] == b"+Cbl"
    assert lines(result, b"MC #gamma")[0].split(b" ")[4] == b"+avg"


def test_who_was_online_at_the_save_was_used_then() -> None:
    """The expiry guard counts from the time of the save, and neither from 1970 nor from now."""
    backup = as_master(BEFORE, online=(b"alice",)).replace(b"TS " + SAVED, b"TS %d" % (NOW.timestamp() - 41 * 86400))
    plan = plan_of(backup=backup, live=AFTER_MASTER, network=Network(nick_days=30))
    assert "unused for 41 days, and services expire accounts after 30" in plan.expiry[0]
    fresh = as_master(BEFORE, online=(b"alice",)).replace(b"TS " + SAVED, b"TS %d" % NOW.timestamp())
    assert plan_of(backup=fresh, live=AFTER_MASTER, network=Network(nick_days=30)).expiry == ()


@WAYS
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target[0]}-{target[1]}")
def test_saves_and_logins_leave_the_digest_alone(target: tuple[Kind, str, Wishes], backup: bytes, live: bytes) -> None:
    """Master writes another TS at each save, and 0 for whoever has logged in since."""
    later = live.replace(b"TS " + SAVED, b"TS 1795399999")
    later = swapped(later, lines(live, b"MU AAAAAAAAF dave")[0], _logged_in(lines(live, b"MU AAAAAAAAF dave")[0], 6))
    bob = lines(live, b"MU AAAAAAAAD bob")[0]
    later = swapped(later, bob, _logged_in(bob, 6, b"1795399999"))
    assert planned(target, backup, live).digest == planned(target, backup, later).digest


def _logged_in(row: bytes, at: int, moment: bytes = b"0") -> bytes:
    fields = row.split(b" ")
    return b" ".join([*fields[:at], moment, *fields[at + 1 :]])


def test_names_and_memos_that_are_too_long_for_7_2_are_cut_out_or_met() -> None:
    """Master keeps nicks of 50 bytes and memos of 300; 7.2 would cut them, and say nothing."""
    long = b"a" * 40
    backup = swapped(BEFORE_MASTER, b"MN alice alice_alt ", b"MN alice %s " % long)
    backup = swapped(backup, b"1795396572 0 :colon memo", b"1795396572 0 " + b"m" * 300)
    plan = plan_of(backup=backup, live=AFTER)
    assert f"nick {long.decode()}: longer than these services keep" in plan.left_out
    assert "a memo, or its sender's name, is longer than these services keep: it is cut" in plan.notes
    assert is_good(carried_out(plan, AFTER))
    backup = dropped(BEFORE_MASTER, b"frank")
    backup = swapped(backup, b"MU AAAAAAAAD bob", b"MU AAAAAAAAH %s x e 1 1 + default \nMU AAAAAAAAD bob" % long)
    plan = plan_of(long.decode(), backup=backup, live=dropped(AFTER, b"frank"))
    assert plan.blocked == f"the name {long.decode()} is longer than these services keep: choose as NEWNAME"
    plan = plan_of(long.decode(), backup=backup, live=dropped(AFTER, b"frank"), wishes=Wishes(new_name="aa"))
    assert plan.blocked == ""


@given(data=st.data())
def test_between_any_two_versions_every_plan_is_proven(data: st.DataObject) -> None:
    """From master to 7.2, from 7.2 to master: what is carried out is good in the version that it goes to."""
    to_master = data.draw(st.booleans())
    backup, live = data.draw(databases(master=not to_master)), data.draw(databases(master=to_master))
    name = data.draw(st.sampled_from([row.fields[2] for row in parse(backup).rows if row.kind == b"MU"]))
    plan = plan_of(name.decode(), backup=backup, live=live, sopers=True, founded=True)
    if not plan.blocked:
        result = carried_out(plan, live)
        assert is_good(result)
        assert is_master(parse(result)) == to_master
