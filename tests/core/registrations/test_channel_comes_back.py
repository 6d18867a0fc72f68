"""A channel was dropped from a real network. It comes back as it was, for those who are still who they were."""

import pytest

from core.domain.errors import AccountNotFound, PlanBlocked
from core.domain.finding import Severity
from core.formats.atheme import check
from core.registrations.row_plan import RowPlan
from core.registrations.wish import Network, Wishes
from tests.core.registrations.town import AFTER, BEFORE, STAMP, carried_out, lines, plan_of, swapped

ALPHA = (b"MC #alpha ", b"CA #alpha ", b"MDA #alpha ", b"MDC #alpha ")


def without(content: bytes, *beginnings: bytes) -> bytes:
    """The database without the lines that begin so."""
    return b"\n".join(line for line in content.split(b"\n") if not line.startswith(beginnings))


DROPPED = without(BEFORE, *ALPHA)


def alpha(live: bytes = DROPPED, backup: bytes = BEFORE, **wishes: object) -> RowPlan:
    """The plan for #alpha."""
    return plan_of("#alpha", kind="channel", backup=backup, live=live, wishes=Wishes(**wishes))  # type: ignore[arg-type]  # wishes as a test names them


def test_it_comes_back_row_by_row_but_for_its_last_use() -> None:
    """Access, bans with their reasons, properties with double blanks, the key: where services print it."""
    result = carried_out(alpha(), DROPPED)
    expected = [line for line in lines(BEFORE, *ALPHA) if not line.startswith(b"CA #alpha dave +b")]
    timed = [b"MDA #alpha dave expires 1795400183", b"MDA #alpha dave reason timed akick of an account"]
    expected = [line for line in expected if line not in timed]
    expected[0] = b"MC #alpha 1795396577 " + STAMP + b" +vkg 272 0 42 sesame "
    assert lines(result, *ALPHA) == expected
    place = result.split(b"\n").index(expected[0])
    assert result.split(b"\n")[place - 1] == b"GACL !staff carol +fcmviA "
    assert result.split(b"\n")[place + len(expected)].startswith(b"MC #beta")


def test_a_timed_ban_whose_time_is_up_stays_out() -> None:
    """Services would drop it at once. One that still runs comes back with what it says."""
    assert b"dave +b" not in b"\n".join(alpha().additions)
    backup = swapped(BEFORE, b"MDA #alpha dave expires 1795400183", b"MDA #alpha dave expires 1895400183")
    assert b"MDA #alpha dave expires 1895400183" in alpha(backup=backup).additions


def test_nothing_else_changes_and_there_is_nothing_to_find_fault_with() -> None:
    plan = alpha()
    result = carried_out(plan, DROPPED)
    assert without(result, *ALPHA) == DROPPED
    assert [item for item in check(result, casemapping="rfc1459") if item.severity > Severity.WARNING] == []
    assert plan.removals == ()
    assert plan.conflicts == ()


def test_its_founder_and_who_may_change_its_list_are_power() -> None:
    backup = swapped(BEFORE, b"CA #alpha bob +AOiortv", b"CA #alpha bob +AOfiortv")
    assert alpha(backup=backup).powers == ("founder of #alpha: alice", "1 more may change its access list")


def test_access_of_those_who_are_gone_stays_out_and_is_named() -> None:
    """Services refuse to start on access for somebody who is not there."""
    plan = plan_of("#alpha", kind="channel", live=without(AFTER, *ALPHA), wishes=Wishes(founder="bob"))
    assert "#alpha: access of those who are gone: alice" in plan.left_out
    result = carried_out(plan, without(AFTER, *ALPHA))
    assert not lines(result, b"CA #alpha alice")
    assert b"CA #alpha bob +AOiortv 1795396580 * " not in result
    assert lines(result, b"CA #alpha bob ") == [b"CA #alpha bob +AFORaefhioqrstv " + STAMP + b" * "]


def test_a_channel_none_of_whose_founders_is_left_asks_for_one() -> None:
    """Without one only services operators could use it."""
    plan = plan_of("#gamma", kind="channel")
    assert [(item.code, item.choices, item.open) for item in plan.conflicts] == [
        ("no-founder", ("ask", "founder NICK"), True)
    ]
    assert "has none of its founders left" in plan.blocked
    with pytest.raises(PlanBlocked, match="is no account now"):
        plan_of("#gamma", kind="channel", wishes=Wishes(founder="nobody"))


def test_a_name_that_is_somebody_elses_by_now_gets_nothing_unless_somebody_says_so() -> None:
    """Bob was dropped, and a stranger registered the name: the access was not theirs."""
    live = swapped(DROPPED, lines(DROPPED, b"MU AAAAAAAAD bob")[0], b"MU AAAAAAAAL bob x x@x 1795399999 1 +C default ")
    live = swapped(live, b"LUID AAAAAAAAK", b"LUID AAAAAAAAL")
    plan = alpha(live)
    assert [(item.code, item.item, item.chosen) for item in plan.conflicts] == [("account-reregistered", "bob", "skip")]
    assert not [row for row in plan.additions if row.startswith(b"CA #alpha bob ")]
    given = alpha(live, choices={"BOB": "merge"})
    assert [row for row in given.additions if row.startswith(b"CA #alpha bob ")]
    carried_out(given, live)


def test_an_entry_for_a_module_that_is_not_loaded_stays_out() -> None:
    """Services refuse to start on `$…` without exttarget."""
    live = swapped(without(DROPPED, b"MDEP exttarget/"), b"GRVER 1", b"GRVER 1")
    live = b"\n".join(line for line in live.split(b"\n") if b" $" not in line)
    plan = alpha(live)
    assert any("$registered" in text and "not loaded" in text for text in plan.left_out)
    assert not [row for row in plan.additions if b" $" in row and row.startswith(b"CA")]


def test_a_bot_that_is_gone_stays_away() -> None:
    live = without(DROPPED, b"BOT LabBot")
    assert not [row for row in alpha(live).additions if b"private:botserv:" in row]
    assert [row for row in alpha().additions if b"private:botserv:" in row]


def test_a_mode_lock_of_another_protocol_is_told() -> None:
    """The high bits mean what the protocol module of their time says."""
    live = swapped(DROPPED, b"MDEP protocol/inspircd ", b"MDEP protocol/solanum ")
    assert any("mode lock" in note for note in alpha(live).notes)
    assert not any("mode lock" in note for note in alpha().notes)


def test_a_channel_that_is_there_waits_for_a_choice() -> None:
    """Nothing is overwritten by default, and nothing is told to go."""
    plan = alpha(BEFORE)
    assert plan.blocked.startswith("channel #alpha is registered now (2026-11-23, the same registration): choose merge")
    assert plan.going == ()
    assert plan.insertions == ()
    assert plan.conflicts[0].choices == ("ask", "merge", "replace")


def test_merge_adds_what_is_lacking_and_touches_nothing() -> None:
    """An entry that was removed and a property that was cleared; the topic of now stays."""
    live = without(BEFORE, b"CA #alpha bob ", b"MDC #alpha color ", b"MDC #alpha url ")
    live = swapped(live, b"private:topic:text the topic of alpha", b"private:topic:text another topic")
    plan = alpha(live, choices={"": "merge"})
    assert plan.removals == ()
    result = carried_out(plan, live)
    assert lines(result, b"CA #alpha bob ") == lines(BEFORE, b"CA #alpha bob ")
    assert lines(result, b"MDC #alpha ")[0] == b"MDC #alpha color blue green"
    assert lines(result, b"MDC #alpha ")[-1] == b"MDC #alpha url https://alpha.example.net/"
    assert b"private:topic:text another topic" in result


def test_merge_with_nothing_to_add_says_so() -> None:
    assert "there is nothing to bring back" in alpha(BEFORE, choices={"": "merge"}).blocked


def test_replace_takes_what_is_there_out_first_and_tells_whose_it_was() -> None:
    live = without(AFTER, *ALPHA)
    squat = b"MC #alpha 1795399999 1795399999 + 0 0 0  \nCA #alpha greta +AFORaefhioqrstv 1795399999 greta \n"
    live = swapped(live, b"MC #beta", squat + b"MC #beta")
    plan = plan_of("#alpha", kind="channel", live=live, wishes=Wishes(choices={"": "replace"}, founder="bob"))
    assert plan.going == ("channel #alpha (registered 2026-11-23, founder greta) with 1 access entry",)
    result = carried_out(plan, live)
    assert not lines(result, b"CA #alpha greta")
    assert len(lines(result, b"MC #alpha")) == 1


def test_what_was_never_there_is_not_found() -> None:
    for name in ("#nowhere", "", "alpha", "#al\npha"):
        with pytest.raises(AccountNotFound):
            plan_of(name, kind="channel")


def test_a_channel_unused_for_longer_than_services_keep_one_is_named_and_used_now() -> None:
    """The first sweep, an hour after the start, would drop it with its old times."""
    plan = plan_of("#alpha", kind="channel", live=DROPPED, network=Network(channel_days=1))
    assert plan.expiry == ()
    backup = swapped(BEFORE, b"MC #alpha 1795396577 1795396592", b"MC #alpha 1795396577 1791900000")
    plan = plan_of("#alpha", kind="channel", backup=backup, live=DROPPED, network=Network(channel_days=30))
    (guard,) = plan.expiry
    assert guard.startswith("#alpha was unused for 41 days, and services expire channels after 30: the first sweep")
    assert lines(carried_out(plan, DROPPED), b"MC #alpha")[0].split(b" ")[3] == STAMP
