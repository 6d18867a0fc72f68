"""What others have by now stays theirs, what is power is named, and what would stop services is left out."""

from core.registrations.row_plan import RowPlan
from tests.core.registrations.town import AFTER, BEFORE, brought_back, lines, plan_of, swapped


def codes(plan: RowPlan) -> list[str]:
    return [conflict.code for conflict in plan.conflicts]


def test_a_nick_that_is_grouped_elsewhere_stays_there() -> None:
    """And the mark of the loser does not land on the innocent."""
    live = swapped(AFTER, b"MN greta greta", b"MN greta ALICE_ALT 1795396861 1795396861 \nMN greta greta")
    plan = plan_of(live=live)
    assert codes(plan) == ["nick-taken"]
    assert str(plan.conflicts[0]) == "nick alice_alt is greta's now"
    assert lines(brought_back(live=live), b"MN alice alice_alt", b"MN greta ALICE_ALT") == [
        b"MN greta ALICE_ALT 1795396861 1795396861 "
    ]


def test_a_nick_that_is_somebodys_account_stays_theirs() -> None:
    """Also where that account does not own it: db_check would give it back to them."""
    live = swapped(AFTER, b"MU AAAAAAAAD bob ", b"MU AAAAAAAAM Alice_Alt x x@x 1 1 +C default \nMU AAAAAAAAD bob ")
    live = swapped(live, b"LUID AAAAAAAAL", b"LUID AAAAAAAAM")
    assert codes(plan_of(live=live)) == ["nick-taken"]
    assert not lines(brought_back(live=live), b"MN alice alice_alt")


def test_a_certificate_that_logs_somebody_else_in_stays_theirs() -> None:
    """Compared without case; the text does not show the fingerprint."""
    row = b"MCFP bob 64A757DB9556CEE81DCD500B0E5E4AA64B1925ABE1FA9CED799682B9E8FFA0D0 \n"
    live = swapped(AFTER, b"MU AAAAAAAAE carol", row + b"MU AAAAAAAAE carol")
    plan = plan_of(live=live)
    assert codes(plan) == ["certfp-taken"]
    assert "64" not in str(plan.conflicts[0])
    assert len(lines(brought_back(live=live), b"MCFP alice")) == 1


def test_a_channel_that_was_registered_anew_is_not_given_to_the_old_founder() -> None:
    """Its founder by now knows nothing of the old list."""
    live = swapped(AFTER, b"MC #alpha 1795396577", b"MC #alpha 1795396999")
    plan = plan_of(live=live)
    assert codes(plan) == ["channel-reregistered"]
    assert "founder of #alpha" not in plan.powers
    assert not lines(brought_back(live=live), b"CA #alpha alice")


def test_a_group_that_was_registered_anew_is_not_given_to_the_old_founder() -> None:
    """A group gives access to channels: its founder flag is power over all of them."""
    live = swapped(AFTER, b"GRP AAAAAAAAI !staff 1795396573", b"GRP AAAAAAAAM !staff 1795400000")
    live = swapped(live, b"LUID AAAAAAAAL", b"LUID AAAAAAAAM")
    plan = plan_of(live=live)
    assert codes(plan) == ["group-reregistered"]
    assert not any("!staff" in power for power in plan.powers)
    assert not lines(brought_back(live=live), b"GACL !staff alice")


def test_power_is_listed_apart_and_the_successor_is_not_demoted() -> None:
    """Founder next to the founder of now; vhost, group, and who may change access lists."""
    plan = plan_of()
    assert plan.powers == (
        "its vhost",
        "founder of group !staff",
        "founder of #alpha",
        "may change the access list of #beta",
        "founder of #Delta{1}",
    )
    assert "#Delta{1} founder is now carol: adds co-founder" in plan.access
    founders = [row for row in lines(brought_back(), b"CA #Delta{1}") if b"F" in row.split(b" ")[3]]
    assert [row.split(b" ")[2] for row in founders] == [b"alice", b"carol"]


def test_hold_is_power() -> None:
    """A held account never expires."""
    plan = plan_of(backup=swapped(BEFORE, b"1795396603 +Cb default", b"1795396603 +hCb default"))
    assert "hold (never expires)" in plan.powers


def test_a_services_operator_comes_back_only_where_that_was_asked() -> None:
    """Then it is listed as power, and goes behind the last operator."""
    assert "services operator (ircop): grant it again by hand" in plan_of().left_out
    assert not lines(brought_back(), b"SO alice")
    assert "services operator (ircop)" in plan_of(sopers=True).powers
    assert lines(brought_back(sopers=True), b"SO ", b"KID") == [b"SO frank ircop + ", b"SO alice ircop + ", b"KID 2 "]
    nobody = swapped(AFTER, b"SO frank ircop + \n", b"")
    assert lines(brought_back(live=nobody, sopers=True), b"SO ", b"KID") == [b"SO alice ircop + ", b"KID 2 "]


def test_an_unknown_setter_becomes_a_star() -> None:
    """Nobody by that name is left to have set it."""
    backup = swapped(BEFORE, b"CA #epsilon alice +Av 1795396590 carol ", b"CA #epsilon alice +Av 1795396590 gone ")
    assert b"CA #epsilon alice +Av 1795396590 * " in brought_back(backup=backup)


def test_a_ban_comes_back_with_its_reason() -> None:
    """MDA rows stand right behind their CA row."""
    backup = swapped(
        BEFORE,
        b"CA #epsilon alice +Av 1795396590 carol ",
        b"CA #epsilon alice +b 1795396590 carol \nMDA #epsilon alice reason too  loud",
    )
    result = brought_back(backup=backup).split(b"\n")
    place = result.index(b"CA #epsilon alice +b 1795396590 carol ")
    assert result[place + 1] == b"MDA #epsilon alice reason too  loud"


def test_access_letters_that_services_do_not_know_stay_out() -> None:
    """CF says which they know."""
    live = swapped(AFTER, b"CF +AFHORVabefhioqrstv", b"CF +AFHORVabfhioqrstv")
    plan = plan_of(live=live)
    assert b"CA #alpha alice +AFORafhioqrstv 1795396577 alice " in plan.additions
    assert any("letters" in note for note in plan.notes)


def test_rows_of_modules_that_are_not_loaded_stay_out() -> None:
    """Services refuse to start on them."""
    live = swapped(AFTER, b"MDEP helpserv/ticket \n", b"")
    live = swapped(live, lines(live, b"HE ")[0] + b"\n", b"")
    assert "a help ticket: the module is not loaded now" in plan_of(live=live).left_out
    assert not lines(brought_back(live=live), b"HE ")


def test_marks_of_multimark_follow_the_new_uid_and_are_not_kept_twice() -> None:
    """MM names accounts by uid; RM keeps marks of dropped accounts, those alone that come back go."""
    mark = b"MM AAAAAAAAC AAAAAAAAB root1 NULL alice 1795396594 1 watch this one"
    backup = swapped(BEFORE, b"MU AAAAAAAAC alice", b"MU AAAAAAAAB alice")
    backup = swapped(backup, b"BE ", mark.replace(b"MM AAAAAAAAC", b"MM AAAAAAAAB") + b"\nBE ")
    kept = b"RM AAAAAAAAC alice alice AAAAAAAAB root1 1795396594 watch this one\n"
    newer = b"RM AAAAAAAAC alice alice AAAAAAAAB root1 1795399999 and this\n"
    live = swapped(AFTER, b"MDEP nickserv/mark ", b"MDEP nickserv/multimark ")
    live = swapped(live, b"BE ", kept + newer + b"BE ")
    result = brought_back(backup=backup, live=live)
    assert lines(result, b"MM ", b"RM ") == [newer.rstrip(b"\n"), mark.replace(b"MM AAAAAAAAC", b"MM AAAAAAAAM")]


def test_channels_and_groups_that_are_gone_are_named() -> None:
    """Founder or not: nobody should look for them in vain."""
    live = swapped(AFTER, b"MC #epsilon", b"MC #other")
    live = live.replace(b"CA #epsilon", b"CA #other").replace(b"MDC #epsilon", b"MDC #other")
    plan = plan_of(live=live)
    assert "channel #gamma is gone (was founder)" in plan.left_out
    assert "access to channels that are gone: #epsilon" in plan.left_out


def test_what_it_founded_comes_back_where_that_was_asked() -> None:
    """The channel with its properties, used now; sorted among the channels; nothing of those who are gone."""
    plan = plan_of(founded=True)
    assert "founder of #gamma" in plan.powers
    assert not any("gone" in text for text in plan.left_out)
    result = brought_back(founded=True).split(b"\n")
    place = next(index for index, line in enumerate(result) if line.startswith(b"MC #gamma"))
    assert result[place : place + 3] == [
        b"MC #gamma 1795396578 1795478400 +vg 272 6 0  ",
        b"CA #gamma alice +AFORaefhioqrstv 1795396578 alice ",
        b"MDC #gamma private:channelts 1795396579",
    ]
    assert result[place - 1].startswith(b"MDC #eta")
    assert result[place + 3].startswith(b"SI ")


def test_a_group_it_founded_comes_back_with_those_who_are_there() -> None:
    """GRP and its properties among the groups, members behind all groups."""
    live = b"\n".join(
        line
        for line in AFTER.split(b"\n")
        if b"!staff" not in line and not line.startswith((b"MDG !staff", b"GACL !staff"))
    )
    backup = swapped(BEFORE, b"GACL !staff bob +cm ", b"GACL !staff bob +cm \nGACL !staff ghost +c ")
    backup = swapped(backup, b"MU AAAAAAAAB root1", b"MU AAAAAAAAN ghost x x@x 1 1 +C default \nMU AAAAAAAAB root1")
    assert "group !staff is gone (was founder)" in plan_of(backup=backup, live=live).left_out
    result = brought_back(backup=backup, live=live, founded=True)
    assert lines(result, b"GRP ", b"MDG") == lines(BEFORE, b"GRP ", b"MDG")
    assert lines(result, b"GACL !staff") == [
        b"GACL !staff alice +FfscmviA ",
        b"GACL !staff bob +cm ",
        b"GACL !staff carol +fcmviA ",
    ]
    assert "!staff comes back without 1 member" in plan_of(backup=backup, live=live, founded=True).access


def test_a_hash_that_no_loaded_module_reads_is_told() -> None:
    """The account would be there, and nobody could log in."""
    live = swapped(AFTER, b"MDEP crypto/pbkdf2v2 \n", b"")
    assert any("crypto/pbkdf2v2 is not loaded" in note for note in plan_of(live=live).notes)
