"""A restore is taken back: what it brought goes, what it took comes back, and the life since stays."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import BackupServError
from core.domain.finding import Severity
from core.formats.atheme import check, field, parse
from core.registrations.row_change import Change
from core.registrations.row_plan import RowPlan
from core.registrations.splice import prove_splice, splice
from core.registrations.undo import plan_undo
from core.registrations.wish import Choice, Kind, Network, Wishes
from tests.core.registrations.test_choices import SQUATTED
from tests.core.registrations.town import AFTER, BEFORE, NOW, STAMP, carried_out, dropped, lines, plan_of, swapped
from tests.strategies_atheme import any_databases


def undo_of(plan: RowPlan, live: bytes) -> RowPlan:
    """The way back from a plan that was carried out."""
    change = Change(kind=plan.kind, name=plan.name, added=plan.additions, removed=plan.removals)
    return plan_undo(change=change, live=parse(live), now=NOW, network=Network())


def timeless(content: bytes) -> Counter[bytes]:
    """All rows, without what a way back may leave behind: the counter of uids, times of use, the burst flag."""
    rows: Counter[bytes] = Counter()
    for row in parse(content).rows:
        fields = row.fields
        if row.kind == b"LUID":
            continue
        if row.kind == b"MU":
            fields[6], fields[7] = b"", bytes(sorted(frozenset(fields[7]) | frozenset(b"b")))
        elif row.kind in {b"MN", b"MC"}:
            fields[4 if row.kind == b"MN" else 3] = b""
        rows[b" ".join(fields)] += 1
    return rows


def test_an_account_goes_again_and_its_kept_mark_is_kept_again() -> None:
    """Every row as it was before the restore."""
    plan = plan_of(founded=True, sopers=True)
    restored = carried_out(plan)
    back = undo_of(plan, restored)
    assert back.going == ("account alice", "channel #gamma")
    assert back.blocked == ""
    assert sorted(carried_out(back, restored).split(b"\n")) == sorted(AFTER.split(b"\n"))
    assert carried_out(back, restored) == AFTER


def test_what_came_to_it_since_goes_with_it_and_is_told() -> None:
    """Services refuse to start on access for somebody who is gone."""
    plan = plan_of()
    live = swapped(carried_out(plan), b"ME alice carol", b"ME alice bob 1795499999 0 welcome back\nME alice carol")
    live = swapped(live, b"CA #eta greta", b"CA #eta alice +AV 1795499999 greta \nCA #eta greta")
    back = undo_of(plan, live)
    assert back.going[:2] == ("1 memo that came since", "1 access entry that came since")
    assert carried_out(back, live) == AFTER


def test_the_life_of_others_since_stays() -> None:
    """A new account, a topic, somebody's access: untouched."""
    plan = plan_of()
    life = [
        (b"MU AAAAAAAAD bob", b"MU AAAAAAAAM new x x@x 1 1 +C default \nMU AAAAAAAAD bob"),
        (b"CA #beta greta +AVv", b"CA #beta greta +AOo"),
        (b"private:topic:text the topic", b"private:topic:text another"),
    ]
    live, expected = carried_out(plan), AFTER
    for old, new in life:
        live, expected = swapped(live, old, new), swapped(expected, old, new)
    assert carried_out(undo_of(plan, live), live) == expected


def test_an_undo_that_is_undone_brings_back_what_came_since_too() -> None:
    """A login, a memo, access: each stands again in the block that it belongs to."""
    plan = plan_of(founded=True)
    live = carried_out(plan)
    for old, new in (
        (b"MDU alice motto", b"MDU alice lastly private\nMDU alice motto"),
        (b"ME alice carol", b"ME alice bob 1795499999 0 welcome back\nME alice carol"),
        (b"MDC #gamma", b"CA #gamma bob +V 1795499999 alice \nMDC #gamma"),
        (b"MC #gamma", b"CA #eta alice +AV 1795499999 greta \nMC #gamma"),
    ):
        live = swapped(live, old, new)
    back = undo_of(plan, live)
    undone = carried_out(back, live)
    plan = undo_of(back, undone)
    assert {"founder of group !staff: alice", "founder of #gamma: alice"} <= set(plan.powers)
    again = carried_out(plan, undone)
    assert timeless(again) == timeless(live)
    assert order_of(again) == order_of(live)


def order_of(content: bytes) -> list[bytes]:
    """What stands in which block; an access list keeps no order."""
    rows = [row for row in parse(content).rows if row.kind not in {b"CA", b"MDA"}]
    return [b" ".join(row.raw.split(b" ")[: 3 if row.kind in {b"MU", b"GRP"} else 2]) for row in rows]


def test_somebody_who_was_used_since_goes_all_the_same() -> None:
    """Times, a read memo, another password: it is the account of the restore still."""
    plan = plan_of()
    live = carried_out(plan)
    live = swapped(live, STAMP + b" +Cb default", b"1795499999 +C default")
    live = swapped(live, b"ME alice carol 1795396572 0 ", b"ME alice carol 1795396572 1 ")
    assert carried_out(undo_of(plan, live), live) == AFTER


def test_a_channel_that_it_founded_since_keeps_it_there() -> None:
    """Nothing is left without a founder: somebody else has to be made one first."""
    plan = plan_of()
    founded = b"MC #new 1 1 + 0 0 0  \nCA #new alice +AFORaefhioqrstv 1 * \nSI *"
    live = swapped(carried_out(plan), b"SI *", founded)
    assert undo_of(plan, live).blocked == "it founds #new, which would have no founder: give it another one first"
    shared = swapped(live, b"CA #new alice", b"CA #new bob +AFORaefhioqrstv 1 * \nCA #new alice")
    assert undo_of(plan, shared).blocked == ""


def test_an_account_that_was_replaced_comes_back_without_anybody_being_logged_in_to_it() -> None:
    """Its rows as they were, used now, with the burst flag; what it had founded was never taken from it."""
    plan = plan_of(live=SQUATTED, wishes=Wishes(choices={"": "replace"}))
    restored = carried_out(plan, SQUATTED)
    back = undo_of(plan, restored)
    result = carried_out(back, restored)
    assert timeless(result) == timeless(SQUATTED)
    assert lines(result, b"MU AAAAAAAAM Alice")[0].endswith(b" " + STAMP + b" +Cb default ")
    assert b"account Alice" in " ".join(back.coming_back).encode()


def test_a_nick_that_was_taken_goes_back_to_its_owner() -> None:
    live = swapped(AFTER, b"MN greta greta", b"MN greta ALICE_ALT 1795396861 1795396861 \nMN greta greta")
    plan = plan_of(live=live, wishes=Wishes(choices={"alice_alt": "replace"}))
    restored = carried_out(plan, live)
    back = undo_of(plan, restored)
    assert "nick ALICE_ALT of greta" in back.coming_back
    assert timeless(carried_out(back, restored)) == timeless(live)


def test_a_merge_is_taken_back_row_by_row() -> None:
    plan = plan_of(live=SQUATTED, wishes=Wishes(choices={"": "merge"}))
    restored = carried_out(plan, SQUATTED)
    assert carried_out(undo_of(plan, restored), restored) == SQUATTED


def test_a_channel_goes_again_with_all_that_it_was_given_since() -> None:
    live = b"\n".join(line for line in BEFORE.split(b"\n") if b" #zeta" not in line or line.startswith(b"CFCHAN"))
    plan = plan_of("#zeta", kind="channel", live=live)
    restored = swapped(carried_out(plan, live), b"CA #zeta carol", b"CA #zeta frank +v 1 * \nCA #zeta carol")
    assert carried_out(undo_of(plan, restored), restored) == live


def test_nothing_that_is_left_is_nothing_to_undo() -> None:
    """Dropped once more by an oper since."""
    plan = plan_of("#zeta", kind="channel")
    assert undo_of(plan, AFTER).blocked == "nothing of it is left to be undone"


def test_life_leaves_the_digest_alone_and_substance_changes_it() -> None:
    """The code of an undo is bound to what it would do."""
    plan = plan_of()
    live = carried_out(plan)
    used = swapped(live, STAMP + b" +Cb default", b"1795499999 +Cb default")
    memo = swapped(live, b"ME alice carol", b"ME alice bob 1795499999 0 hi\nME alice carol")
    assert undo_of(plan, live).digest == undo_of(plan, used).digest
    assert undo_of(plan, live).digest != undo_of(plan, memo).digest


@given(data=st.data())
def test_a_restore_into_any_town_and_its_undo_give_the_rows_that_were_there(data: st.DataObject) -> None:
    """Accounts, channels and groups, everything asked for, over a town that never knew them or that has them still."""
    backup, live = data.draw(any_databases(least=2)), data.draw(any_databases())
    kind, name = data.draw(st.sampled_from(things(backup)))
    if data.draw(st.booleans()) and kind == "account":
        live = dropped(backup, name)
    ways: list[dict[str, Choice]] = [{}, {"": "merge"}, {"": "replace"}]
    way = data.draw(st.sampled_from(ways))
    someone = next(field(row, 2).decode() for row in parse(live).rows if row.kind == b"MU")
    founder = someone if kind != "account" else ""
    wishes = Wishes(founded=True, operator=True, founder=founder, choices=way)
    try:
        plan = plan_of(name.decode(), kind=kind, backup=backup, live=live, wishes=wishes)
    except BackupServError:
        return
    if plan.blocked:
        return
    result = splice(parse(live), plan)
    prove_splice(live, result, plan)
    assert is_good(result)
    back = undo_of(plan, result)
    assert back.blocked == ""
    undone = splice(parse(result), back)
    prove_splice(result, undone, back)
    assert is_good(undone)
    assert timeless(undone) == timeless(live)


def things(content: bytes) -> list[tuple[Kind, bytes]]:
    """Everything in a database that can be brought back."""
    places: dict[bytes, tuple[Kind, int]] = {b"MU": ("account", 2), b"MC": ("channel", 1), b"GRP": ("group", 2)}
    return [(places[row.kind][0], field(row, places[row.kind][1])) for row in parse(content).rows if row.kind in places]


def is_good(content: bytes) -> bool:
    return not [item for item in check(content, casemapping="rfc1459") if item.severity > Severity.WARNING]


STRANGER = b"MU AAAAAAAAZ alice $z$x other@x.test 1795500000 1795500000 +C default \n"
HERS = b"MN alice alice 1795500000 1795500000 \n"


def test_a_stranger_who_bears_the_name_since_is_left_alone() -> None:
    """She was dropped again and somebody else registered the name: the undo is not about them."""
    plan = plan_of()
    live = swapped(AFTER, b"MU AAAAAAAAD bob", STRANGER + HERS + b"MU AAAAAAAAD bob")
    live = swapped(live, b"LUID AAAAAAAAL", b"LUID AAAAAAAAZ")
    live = swapped(live, b"CA #beta bob", b"CA #beta alice +AORfiorstv 1795396588 bob \nCA #beta bob")
    live = b"\n".join(row for row in live.split(b"\n") if not row.startswith((b"NAM alice", b"MDN alice")))
    back = undo_of(plan, live)
    assert back.blocked == "nothing of it is left to be undone"
    assert (back.insertions, back.removals) == ((), ())


def test_a_channel_that_was_registered_anew_since_is_left_alone() -> None:
    plan = plan_of("#zeta", kind="channel")
    anew = b"MC #zeta 1795500000 1795500000 +v 0 0 0  \nCA #zeta carol +AFORaefhioqrstv 1795500000 carol \n"
    live = swapped(AFTER, b"SI *", anew + b"SI *")
    assert undo_of(plan, live).blocked == "nothing of it is left to be undone"


def test_what_was_given_or_changed_since_on_what_stays_is_the_life_since() -> None:
    """A merge is undone: access that its founder gave her anew, and a property that she set since, stay."""
    plan = plan_of(live=SQUATTED, wishes=Wishes(choices={"": "merge"}))
    live = carried_out(plan, SQUATTED)
    live = swapped(live, b"CA #epsilon Alice +Av 1795396590 carol", b"CA #epsilon Alice +AOv 1795500000 carol")
    live = swapped(live, b"MDU Alice motto caf", b"MDU Alice motto other caf")
    back = undo_of(plan, live)
    result = carried_out(back, live)
    assert b"\nCA #epsilon Alice +AOv 1795500000 carol \n" in result
    assert b"\nMDU Alice motto other caf" in result
    assert "2 rows of it: gone, or changed since" in back.left_out
