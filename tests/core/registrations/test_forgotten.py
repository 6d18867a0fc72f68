"""Who asked to be forgotten is not brought back: not as themselves, and not by name in what is of others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.casemapping import fold
from core.domain.errors import BackupServError, PlanBlocked
from core.formats.atheme import field, parse
from core.registrations.row_change import Change
from core.registrations.row_plan import RowPlan
from core.registrations.undo import plan_undo
from core.registrations.wish import Choice, Erasure, Network, Wishes
from tests.core.registrations.test_undo import things
from tests.core.registrations.town import AFTER, BEFORE, NOW, carried_out, dropped, forgotten, lines, plan_of, swapped
from tests.strategies_atheme import any_databases

ALICE = forgotten(b"alice")
DAVE = forgotten(b"dave")
NO_ZETA = b"\n".join(line for line in BEFORE.split(b"\n") if b" #zeta" not in line or line.startswith(b"CFCHAN"))
# The same name, dropped and registered by another person.
NEW_ALICE = BEFORE.replace(b"MU AAAAAAAAC alice", b"MU AAAAAAAAM alice").replace(b"LUID AAAAAAAAKA", b"LUID AAAAAAAAM")
NEW_ALICE = NEW_ALICE.replace(b"alice@lab.test 1795396558", b"new@lab.test 1795397000")


def said(plan: RowPlan) -> str:
    """All that a plan tells people."""
    return "\n".join((*plan.details(), plan.blocked))


# --- as themselves -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alice", "ALICE_alt"])
def test_a_forgotten_account_is_not_brought_back_and_the_day_is_said(name: str) -> None:
    """By any of its nicks, under another name, or in the place of an account that is there."""
    for wishes in (Wishes(), Wishes(new_name="alice2"), Wishes(choices={"": "replace"}), Wishes(choices={"": "merge"})):
        for live in (AFTER, BEFORE):
            plan = plan_of(name, live=live, erasure=ALICE, wishes=wishes)
            assert plan.blocked == "account alice was forgotten on 2026-11-20, and is never brought back"
            assert plan.insertions == ()
            assert plan.removals == ()


def test_a_new_account_of_the_name_is_somebody_else() -> None:
    """Another uid and another time of registration: it comes back whole, as anybody does."""
    live = dropped(NEW_ALICE, b"alice")
    plan, free = (plan_of(backup=NEW_ALICE, live=live, erasure=erasure) for erasure in (ALICE, None))
    assert plan.blocked == ""
    assert plan.additions == free.additions
    assert lines(carried_out(plan, live), b"MU AAAAAAAAM alice ")


def test_the_plan_that_was_agreed_to_dies_when_somebody_is_forgotten() -> None:
    """The digest covers what is left out."""
    for kind, name, live in (("account", "bob", dropped(BEFORE, b"bob")), ("channel", "#zeta", NO_ZETA)):
        before, after = (
            plan_of(name, kind=kind, live=live, erasure=erasure)  # type: ignore[arg-type]  # two of the kinds
            for erasure in (None, forgotten(b"alice") if kind == "account" else forgotten(b"carol"))
        )
        assert before.digest != after.digest


# --- in what is of others ------------------------------------------------------------------------


def test_the_sender_of_a_memo_has_no_name_any_more() -> None:
    """The memo is its reader's; who sent it is not said."""
    live = dropped(BEFORE, b"bob")
    plan = plan_of("bob", live=live, erasure=ALICE)
    result = carried_out(plan, live)
    assert lines(result, b"ME bob ") == [b"ME bob (forgotten) 1795396573 0 memo from alice"]
    assert "somebody who was forgotten is taken out of what they sent" in said(plan)
    assert lines(carried_out(plan_of("bob", live=live), live), b"ME bob alice ")


def test_a_sender_whom_the_snapshot_does_not_know_is_known_by_name_alone() -> None:
    """And one of that name who is somebody else keeps the name on what they sent."""
    backup, live = dropped(BEFORE, b"alice"), dropped(dropped(BEFORE, b"alice"), b"bob")
    assert (
        b"ME bob (forgotten) 1795396573 0 memo from alice"
        in plan_of("bob", backup=backup, live=live, erasure=ALICE).additions
    )
    live = dropped(NEW_ALICE, b"bob")
    plan = plan_of("bob", backup=NEW_ALICE, live=live, erasure=ALICE)
    assert b"ME bob alice 1795396573 0 memo from alice" in plan.additions


def test_an_ignore_of_somebody_forgotten_stays_out_and_is_said() -> None:
    plan = plan_of(erasure=DAVE)
    assert not [row for row in plan.additions if row.startswith(b"MI ")]
    assert "an ignore of somebody who was forgotten" in plan.left_out
    assert "dave" not in said(plan)


def test_access_of_the_forgotten_stays_out_of_a_channel_and_who_set_access_is_nobody() -> None:
    """The list of #epsilon, of which alice is on it and carol set her there."""
    live = b"\n".join(line for line in BEFORE.split(b"\n") if b" #epsilon" not in line)
    plan = plan_of("#epsilon", kind="channel", live=live, erasure=ALICE)
    assert [row.split(b" ")[2] for row in plan.additions if row.startswith(b"CA ")] == [b"carol", b"bob"]
    assert "#epsilon: access of somebody who was forgotten" in plan.left_out
    assert "alice" not in said(plan)
    plan = plan_of("#epsilon", kind="channel", live=live, erasure=forgotten(b"carol"), wishes=Wishes(founder="bob"))
    assert lines(carried_out(plan, live), b"CA #epsilon ") == [
        b"CA #epsilon bob +AFORaefhioqrstv %d * " % NOW.timestamp(),
        b"CA #epsilon alice +Av 1795396590 * ",
    ]


def test_a_channel_whose_founder_was_forgotten_asks_for_another() -> None:
    """Neither is the founder brought back by it, nor can who was forgotten be named as the new one."""
    plan = plan_of("#gamma", kind="channel", erasure=ALICE)
    assert "has none of its founders left" in plan.blocked
    assert "alice" not in said(plan)
    live = b"\n".join(line for line in BEFORE.split(b"\n") if b" #gamma" not in line)
    with pytest.raises(PlanBlocked, match="dave, who should be the founder, was forgotten on 2026-11-20"):
        plan_of("#gamma", kind="channel", live=live, erasure=DAVE, wishes=Wishes(founder="dave"))


def test_nothing_is_merged_into_a_channel_for_the_forgotten() -> None:
    live = b"\n".join(line for line in BEFORE.split(b"\n") if not line.startswith(b"CA #epsilon alice"))
    plan = plan_of("#epsilon", kind="channel", live=live, erasure=ALICE, wishes=Wishes(choices={"": "merge"}))
    assert not [row for row in plan.additions if b"alice" in row]


def test_a_channel_in_the_place_of_another_comes_without_the_forgotten() -> None:
    plan = plan_of("#beta", kind="channel", live=BEFORE, erasure=ALICE, wishes=Wishes(choices={"": "replace"}))
    result = carried_out(plan, BEFORE)
    assert not lines(result, b"CA #beta alice")
    assert lines(result, b"CA #beta bob +AFORaefhioqrstv 1795396577 bob ")


def test_a_group_comes_back_without_the_forgotten_member() -> None:
    """Anew, and as what another group lacks; a founder is asked for where none is left."""
    live = b"\n".join(line for line in BEFORE.split(b"\n") if b"!staff" not in line)
    plan = plan_of("!staff", kind="group", live=live, erasure=ALICE)
    assert "has none of its founders left" in plan.blocked
    plan = plan_of("!staff", kind="group", live=live, erasure=ALICE, wishes=Wishes(founder="bob"))
    assert [row.split(b" ")[2] for row in plan.additions if row.startswith(b"GACL !staff ")] == [b"bob", b"carol"]
    assert "group !staff: a member who was forgotten" in plan.left_out
    lacks = b"\n".join(line for line in BEFORE.split(b"\n") if not line.startswith(b"GACL !staff"))
    plan = plan_of("!staff", kind="group", live=lacks, erasure=ALICE, wishes=Wishes(choices={"": "merge"}))
    assert not [row for row in plan.additions if b"alice" in row]


def test_founded_channels_and_groups_come_back_without_the_forgotten() -> None:
    """Bob comes back with #zeta and !devs; carol and alice, who were on their lists, do not."""
    live = dropped(BEFORE, b"bob")
    live = b"\n".join(line for line in live.split(b"\n") if b"#zeta" not in line and b"!devs" not in line)
    plan = plan_of("bob", live=live, founded=True, erasure=forgotten(b"carol"))
    assert [row.split(b" ")[2] for row in plan.additions if row.startswith(b"CA #zeta")] == [b"bob"]
    plan = plan_of("bob", live=live, founded=True, erasure=ALICE)
    assert [row.split(b" ")[2] for row in plan.additions if row.startswith(b"GACL !devs")] == [b"bob", b"!staff"]


def test_staff_who_were_forgotten_are_not_named_as_who_marked_or_gave_a_vhost() -> None:
    """The mark and the vhost are the account's; the name of who set them goes."""
    plan = plan_of(erasure=forgotten(b"root1"))
    assert b"MDU alice private:usercloak-assigner (forgotten)" in plan.additions
    assert b"MDU alice private:mark:setter (forgotten)" in plan.additions
    assert not [row for row in plan.additions if b"root1" in row]


def test_an_account_that_is_there_and_was_forgotten_is_not_added_to() -> None:
    """It can be replaced by whom the snapshot has, who is another person."""
    plan = plan_of(backup=NEW_ALICE, live=BEFORE, erasure=ALICE)
    assert plan.blocked.endswith("was forgotten on 2026-11-20: choose replace or as NEWNAME")
    with pytest.raises(PlanBlocked, match="merge is no way"):
        plan_of(backup=NEW_ALICE, live=BEFORE, erasure=ALICE, wishes=Wishes(choices={"": "merge"}))
    plan = plan_of(backup=NEW_ALICE, live=BEFORE, erasure=ALICE, wishes=Wishes(choices={"": "replace"}))
    assert lines(carried_out(plan, BEFORE), b"MU AAAAAAAAM alice ")


# --- the way back --------------------------------------------------------------------------------


def undo_of(plan: RowPlan, live: bytes, erasure: Erasure) -> RowPlan:
    change = Change(kind=plan.kind, name=plan.name, added=plan.additions, removed=plan.removals)
    return plan_undo(change=change, live=parse(live), now=NOW, network=Network(), erasure=erasure)


def test_undo_does_not_bring_back_an_account_that_was_forgotten_since() -> None:
    """It was replaced, and asked to be forgotten then: the undo takes, and does not give.

    What would be left without a founder by that is given another one first.
    """
    plan = plan_of(backup=NEW_ALICE, live=BEFORE, wishes=Wishes(choices={"": "replace"}))
    restored = carried_out(plan, BEFORE)
    back = undo_of(plan, restored, ALICE)
    assert "an account that was forgotten since" in back.left_out
    assert back.blocked.endswith("which would have no founder: give it another one first")
    for channel in (b"#alpha", b"#Delta{1}", b"#gamma"):
        restored = swapped(
            restored, b"CA %s alice" % channel, b"CA %s dave +AFORaefhioqrstv 1 * \nCA %s alice" % (channel, channel)
        )
    restored = swapped(restored, b"GACL !staff alice", b"GACL !staff dave +FfscmviA \nGACL !staff alice")
    result = carried_out(undo_of(plan, restored, ALICE), restored)
    assert not [row for row in parse(result).rows if row.kind not in {b"ME", b"CA"} and b" alice " in row.raw]
    assert not [row for row in parse(result).rows if row.kind == b"CA" and field(row, 2) == b"alice"]
    assert not lines(result, b"MU AAAAAAAAC")


def test_undo_of_a_restored_account_keeps_no_mark_for_a_forgotten_name() -> None:
    """Services would keep the name and its mark for whoever registers it next."""
    plan = plan_of()
    restored = carried_out(plan)
    result = carried_out(undo_of(plan, restored, ALICE), restored)
    assert not lines(result, b"NAM alice", b"MDN alice", b"MU AAAAAAAAC")


def test_undo_gives_no_access_back_to_who_was_forgotten_since() -> None:
    plan = plan_of("#epsilon", kind="channel", live=BEFORE, wishes=Wishes(choices={"": "replace"}))
    restored = carried_out(plan, BEFORE)
    back = undo_of(plan, restored, ALICE)
    assert "what was of somebody who was forgotten since" in back.left_out
    assert [row.split(b" ")[2] for row in back.additions if row.startswith(b"CA ")] == [b"carol", b"bob"]


def test_undo_brings_back_who_was_replaced_by_somebody_who_was_forgotten_since() -> None:
    """The two have one name, and only one of them is forgotten."""
    plan = plan_of(backup=NEW_ALICE, live=BEFORE, wishes=Wishes(choices={"": "replace"}))
    restored = carried_out(plan, BEFORE)
    back = undo_of(plan, restored, forgotten(b"alice", NEW_ALICE))
    assert lines(carried_out(back, restored), b"MU AAAAAAAAC alice ", b"ME alice bob ")


# --- whatever the databases ----------------------------------------------------------------------

_NAMING = {
    b"MU": (2,), b"MDU": (1,), b"ME": (1, 2), b"MI": (1, 2), b"AC": (1,), b"MN": (1,), b"MCFP": (1,), b"SO": (1,),
    b"GACL": (2,), b"CA": (2, 5), b"MDA": (2,), b"NAM": (1,), b"MDN": (1,),
}  # fmt: skip


@given(data=st.data())
def test_no_row_of_any_plan_names_who_was_forgotten(data: st.DataObject) -> None:
    """Anything brought back from any town into any other, whatever is chosen; and the way back from it."""
    backup, live = data.draw(any_databases(least=2)), data.draw(any_databases(least=1))
    people = [field(row, 2) for row in parse(backup).rows if row.kind == b"MU"]
    gone = data.draw(st.sampled_from(people))
    erasure = forgotten(gone, backup)
    kind, name = data.draw(st.sampled_from(things(backup)))
    ways: list[dict[str, Choice]] = [{}, {"": "merge"}, {"": "replace"}]
    choices = data.draw(st.sampled_from(ways)) | dict.fromkeys((one.decode() for one in people), "merge")
    wishes = Wishes(founded=True, operator=True, choices=choices)
    try:
        plan = plan_of(name.decode(), kind=kind, backup=backup, live=live, erasure=erasure, wishes=wishes)
    except BackupServError:
        return
    assert fold(gone) not in named_in(plan)
    if (kind, fold(name)) == ("account", fold(gone)):
        assert "was forgotten on" in plan.blocked
    if not plan.blocked:
        restored = carried_out(plan, live)
        there = {fold(field(row, 2)) for row in parse(live).rows if row.kind == b"MU"}
        if fold(gone) not in there:  # somebody else bears the name there
            assert fold(gone) not in named_in(undo_of(plan, restored, erasure))


def named_in(plan: RowPlan) -> set[bytes]:
    """The folded names of accounts in all rows that come in."""
    rows = [row.split(b" ") for row in plan.additions]
    return {fold(fields[at]) for fields in rows for at in _NAMING.get(fields[0], ()) if at < len(fields)}
