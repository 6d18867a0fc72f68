"""A group is gone from a real network. It comes back with those who are still who they were."""

from core.domain.finding import Severity
from core.formats.atheme import check
from core.registrations.row_plan import RowPlan
from core.registrations.wish import Wishes
from tests.core.registrations.town import AFTER, BEFORE, STAMP, carried_out, lines, plan_of, swapped


def without_group(content: bytes) -> bytes:
    """The database without !staff, as services leave it."""
    return b"\n".join(line for line in content.split(b"\n") if b"!staff" not in line)


def staff(live: bytes, backup: bytes = BEFORE, **wishes: object) -> RowPlan:
    """The plan for !staff."""
    return plan_of("!STAFF", kind="group", backup=backup, live=live, wishes=Wishes(**wishes))  # type: ignore[arg-type]  # wishes as a test names them


def test_it_comes_back_with_members_properties_and_access() -> None:
    """Byte for byte, in the places where services print it; the setters are who they were."""
    live = without_group(BEFORE)
    plan = staff(live)
    result = carried_out(plan, live)
    assert lines(result, b"GRP ", b"MDG ", b"GACL !staff") == lines(BEFORE, b"GRP ", b"MDG ", b"GACL !staff")
    assert sorted(lines(result, b"CA ", b"HO ")) == sorted(lines(BEFORE, b"CA ", b"HO "))
    assert lines(result, b"GACL !devs !staff")
    assert [item for item in check(result, casemapping="rfc1459") if item.severity > Severity.WARNING] == []
    assert plan.coming_back == ("group (registered 2026-11-23)", "3 members")
    assert plan.powers == ("founder of group !staff: alice",)


def test_members_who_are_gone_are_named_and_a_founder_is_asked_for() -> None:
    """A group without founder is dropped within the hour, and its access with it."""
    live = without_group(AFTER)
    plan = staff(live)
    assert "group !staff: members who are gone: alice" in plan.left_out
    assert "has none of its founders left" in plan.blocked
    plan = staff(live, founder="bob")
    result = carried_out(plan, live)
    assert lines(result, b"GACL !staff") == [b"GACL !staff bob +FfscmviA ", b"GACL !staff carol +fcmviA "]


def test_a_group_that_is_there_waits_for_a_choice_and_merge_adds_what_it_lacks() -> None:
    live = b"\n".join(line for line in BEFORE.split(b"\n") if not line.startswith((b"GACL !staff bob", b"MDG !staff")))
    assert "choose merge or replace" in staff(live).blocked
    plan = staff(live, choices={"": "merge"})
    assert plan.removals == ()
    result = carried_out(plan, live)
    assert sorted(lines(result, b"GACL !staff", b"MDG ")) == sorted(lines(BEFORE, b"GACL !staff", b"MDG "))


def test_replace_takes_the_group_of_now_out_but_no_channel_loses_its_last_founder() -> None:
    """The group that bears the name now founded a channel: it stays its founder, and that is told as power."""
    live = swapped(without_group(BEFORE), b"GACL !devs bob", b"GRP AAAAAAAAL !staff 1795399999 + \nGACL !devs bob")
    live = swapped(live, b"SI *", b"MC #zz 1 1 + 0 0 0  \nCA #zz !staff +AFORaefhioqrstv 1 * \nSI *")
    live = swapped(live, b"MC #alpha", b"GACL !staff frank +FfscmviA \nMC #alpha")
    live = swapped(live, b"LUID AAAAAAAAK", b"LUID AAAAAAAAL")
    plan = staff(live, choices={"": "replace"})
    assert plan.going == ("group !staff (registered 2026-11-23) with 1 member",)
    assert "founder of #zz, which would have none otherwise" in plan.powers
    result = carried_out(plan, live)
    assert lines(result, b"CA #zz") == [b"CA #zz !staff +AFORaefhioqrstv 1 * "]
    assert not lines(result, b"GACL !staff frank")


def test_channels_that_it_founded_come_back_where_that_was_asked() -> None:
    backup = swapped(BEFORE, b"SI *", b"MC #zz 1 1 + 0 0 0  \nCA #zz !staff +AFORaefhioqrstv 1 * \nSI *")
    live = without_group(BEFORE)
    assert "channel #zz is gone (was founder)" in staff(live, backup).left_out
    result = carried_out(staff(live, backup, founded=True), live)
    assert lines(result, b"MC #zz") == [b"MC #zz 1 " + STAMP + b" + 0 0 0  "]
    assert lines(result, b"CA #zz")
