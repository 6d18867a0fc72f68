"""Alice asked to be forgotten. Nothing that comes back for others brings her back, wherever her name stood."""

import pytest

from core.registrations.wish import Wishes
from tests.core.registrations.town import AFTER, BEFORE, brought_back, carried_out, dropped, lines, plan_of, swapped


class Forgotten:
    """Who that was: known by her account's uid and time, and by her name."""

    def account(self, uid: bytes, registered: bytes) -> str:
        return "2026-11-20" if (uid, registered) == (b"AAAAAAAAC", b"1795396558") else ""

    def name(self, folded: bytes) -> str:
        return "2026-11-20" if folded == b"ALICE" else ""


ERASURE = Forgotten()


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice_alt"])
def test_her_account_is_brought_back_by_no_name_that_it_had(name: str) -> None:
    plan = plan_of(name, erasure=ERASURE)
    assert plan.blocked == "account alice was forgotten on 2026-11-20, and is never brought back"
    assert not plan.additions


def test_under_another_name_she_is_still_who_was_forgotten() -> None:
    assert "was forgotten" in plan_of("alice", erasure=ERASURE, wishes=Wishes(new_name="Alicia")).blocked


def test_somebody_else_who_bears_the_name_in_the_snapshot_comes_back() -> None:
    """Known by what the account is, not by what it is called."""
    anew = swapped(BEFORE, b"MU AAAAAAAAC alice", b"MU AAAAAAAAM alice")
    plan = plan_of("alice", backup=swapped(anew, b"1795396558 1795396603", b"1795399999 1795399999"), erasure=ERASURE)
    assert not plan.blocked


def test_the_memos_that_she_sent_come_back_without_her_name() -> None:
    live = dropped(AFTER, b"bob")
    plan = plan_of("bob", live=live, erasure=ERASURE)
    assert lines(carried_out(plan, live), b"ME bob") == [b"ME bob (forgotten) 1795396573 0 memo from alice"]
    assert "the name of somebody who was forgotten is taken out of what they sent, set or asked for" in plan.notes


def test_access_that_she_gave_was_set_by_nobody() -> None:
    live = dropped(BEFORE, b"bob")
    entry = b"CA #alpha bob +AOiortv 1795396580"
    plan = plan_of("bob", live=live, erasure=ERASURE)
    assert lines(carried_out(plan, live), b"CA #alpha bob") == [entry + b" * "]


def test_a_channel_comes_back_without_her_as_founder_or_as_who_set_its_topic() -> None:
    """Though she lives under that name: whoever has it by now gets nothing by it."""
    live = b"\n".join(
        line for line in BEFORE.split(b"\n") if line.split(b" ")[1:2] != [b"#alpha"] or line.startswith(b"CFCHAN")
    )
    plan = plan_of("#alpha", kind="channel", live=live, erasure=ERASURE, wishes=Wishes(founder="bob"))
    result = carried_out(plan, live)
    assert lines(result, b"CA #alpha alice") == []
    assert not [row for row in lines(result, b"CA #alpha") if row.endswith(b" alice ")]
    assert lines(result, b"MDC #alpha private:topic:setter") == [b"MDC #alpha private:topic:setter (forgotten)"]


def test_a_group_comes_back_without_her() -> None:
    live = b"\n".join(line for line in BEFORE.split(b"\n") if b" !staff " not in line)
    plan = plan_of("!staff", kind="group", live=live, erasure=ERASURE, wishes=Wishes(founder="bob"))
    assert lines(carried_out(plan, live), b"GACL !staff alice") == []
    assert "group !staff: a member who was forgotten" in plan.left_out


def test_where_nobody_was_forgotten_all_names_are_there() -> None:
    """So that none of the truths above is true of everybody."""
    live = dropped(AFTER, b"bob")
    assert lines(brought_back("bob", live=live), b"ME bob") == [b"ME bob alice 1795396573 0 memo from alice"]
