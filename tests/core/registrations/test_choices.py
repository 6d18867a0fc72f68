"""What is in the way can be met: by adding to what is there, by taking it out first, or under another name."""

import pytest

from core.domain.errors import PlanBlocked
from core.domain.finding import Severity
from core.formats.atheme import check
from core.registrations.row_plan import RowPlan
from core.registrations.wish import Network, Wishes
from tests.core.registrations.town import AFTER, BEFORE, STAMP, carried_out, lines, plan_of, swapped

SQUATTER = b"MU AAAAAAAAM Alice $z$x squat@x.test 1795399999 1795399999 +C default \n"
OWN = b"MDU Alice url http://squat\nME Alice bob 1795399999 0 hi\nMN Alice Alice 1795399999 1795399999 \n"
SQUATTED = swapped(AFTER, b"MU AAAAAAAAD bob", SQUATTER + OWN + b"MU AAAAAAAAD bob")
SQUATTED = swapped(SQUATTED, b"LUID AAAAAAAAL", b"LUID AAAAAAAAM")
SQUATTED = swapped(SQUATTED, b"CA #beta bob", b"CA #beta Alice +o 1795399999 bob \nCA #beta bob")
SQUATTED = swapped(SQUATTED, b"SI *", b"MC #zz 1 1 + 0 0 0  \nCA #zz Alice +AFORaefhioqrstv 1 * \nSI *")
SQUATTED = swapped(SQUATTED, b"NAM alice \n", b"")
SQUATTED = b"\n".join(line for line in SQUATTED.split(b"\n") if not line.startswith(b"MDN alice"))


def alice(
    live: bytes = SQUATTED, *, backup: bytes = BEFORE, network: Network | None = None, **wishes: object
) -> RowPlan:
    """The plan for alice."""
    return plan_of("alice", backup=backup, live=live, network=network, wishes=Wishes(**wishes))  # type: ignore[arg-type]  # wishes as a test names them


def is_good(content: bytes) -> bool:
    return not [item for item in check(content, casemapping="rfc1459") if item.severity > Severity.WARNING]


def test_nobody_loses_anything_before_somebody_has_chosen() -> None:
    plan = alice()
    assert plan.blocked == "account Alice exists now (registered 2026-11-23): choose merge, replace or as NEWNAME"
    assert plan.insertions == ()
    assert plan.removals == ()
    assert plan.conflicts[0].choices == ("ask", "merge", "replace", "as NEWNAME")


def test_merge_keeps_the_account_that_is_there_and_adds_what_it_lacks() -> None:
    """Its password, e-mail, times and what it has set stay; memos, nicks, certificates and access come back."""
    plan = alice(choices={"": "merge"})
    assert plan.removals == ()
    result = carried_out(plan, SQUATTED)
    assert SQUATTER in result
    assert lines(result, b"MDU Alice url") == [b"MDU Alice url http://squat"]
    assert len(lines(result, b"ME Alice ")) == 3
    assert lines(result, b"MN Alice ") == [
        b"MN Alice Alice 1795399999 1795399999 ",
        b"MN Alice alice_alt 1795396569 " + STAMP + b" ",
        b"MN Alice Alice|away 1795396570 " + STAMP + b" ",
    ]
    assert lines(result, b"CA #beta Alice") == [b"CA #beta Alice +o 1795399999 bob "]
    assert "#beta has an entry of that name (+o now, +AORfiorstv then)" in plan.left_out
    assert lines(result, b"CA #alpha Alice") == [b"CA #alpha Alice +AFORaefhioqrstv 1795396577 Alice "]
    assert "founder of #alpha" in plan.powers
    assert is_good(result)


def test_a_merge_into_the_very_account_brings_back_only_what_it_lost() -> None:
    """A memo was deleted, and an access entry: nothing else is touched, and nothing comes twice."""
    live = b"\n".join(
        line for line in BEFORE.split(b"\n") if not line.startswith((b"ME alice carol", b"CA #beta alice"))
    )
    plan = alice(live, choices={"": "merge"})
    assert [row[:20] for row in plan.additions] == [b"ME alice carol 17953", b"CA #beta alice +AORf"]
    assert sorted(carried_out(plan, live).split(b"\n")) == sorted(BEFORE.split(b"\n"))
    assert "the same account" in alice(live).blocked


def test_replace_takes_the_account_of_now_out_and_tells_all_that_goes() -> None:
    """The one of the snapshot comes in its place; no channel loses its last founder by that."""
    plan = alice(choices={"": "replace"})
    assert plan.going == ("account Alice (registered 2026-11-23) with 1 nick, 1 memo",)
    assert "founder of #zz, which would have none otherwise" in plan.powers
    result = carried_out(plan, SQUATTED)
    assert not lines(result, b"MU AAAAAAAAM")
    assert lines(result, b"MU AAAAAAAAC Alice ")  # in the case in which the rows that stay name it
    assert lines(result, b"CA #beta alice", b"CA #beta Alice") == [b"CA #beta Alice +AORfiorstv 1795396588 bob "]
    assert lines(result, b"CA #zz") == [b"CA #zz Alice +AFORaefhioqrstv 1 * "]
    assert is_good(result)


def test_a_replaced_account_gives_its_uid_back_to_itself() -> None:
    """The same account, as it was: no new uid is spent on it."""
    plan = alice(BEFORE, choices={"": "replace"})
    assert lines(carried_out(plan, BEFORE), b"MU AAAAAAAAC alice ")
    assert "uid-taken" not in {item.code for item in plan.conflicts}


def test_life_of_the_account_that_is_replaced_does_not_kill_the_code_but_a_new_memo_does() -> None:
    logged_in = swapped(SQUATTED, b"squat@x.test 1795399999 1795399999", b"squat@x.test 1795399999 1795400099")
    assert alice(logged_in, choices={"": "replace"}).digest == alice(choices={"": "replace"}).digest
    memo = swapped(SQUATTED, b"ME Alice bob", b"ME Alice carol 1795400000 0 for you\nME Alice bob")
    assert alice(memo, choices={"": "replace"}).digest != alice(choices={"": "replace"}).digest


def test_it_comes_back_under_another_name() -> None:
    """Its rows, its access and what it had set bear the new name; the old name stays whose it is."""
    plan = alice(new_name="alice2", founded=True)
    assert plan.blocked == ""
    result = carried_out(plan, SQUATTED)
    assert lines(result, b"MU AAAAAAAAC alice2 ")
    assert lines(result, b"MN alice2 ")[0] == b"MN alice2 alice2 1795396558 " + STAMP + b" "
    assert [item.item for item in plan.conflicts if item.code == "nick-taken"] == ["alice"]
    assert lines(result, b"CA #alpha alice2") == [b"CA #alpha alice2 +AFORaefhioqrstv 1795396577 alice2 "]
    assert lines(result, b"CA #gamma") == [b"CA #gamma alice2 +AFORaefhioqrstv 1795396578 alice2 "]
    assert is_good(result)


@pytest.mark.parametrize("name", ["", "bob", "a b", "1up", "-x", "#x", "!g", "x" * 32, "é", "a\nb", "$x", "*"])
def test_a_new_name_that_is_taken_or_no_nick_is_refused(name: str) -> None:
    """Never a row that services would read as something else."""
    try:
        plan = alice(new_name=name)
    except PlanBlocked as error:
        assert "nick" in str(error)  # noqa: PT017 — a refusal is one of the two good ends
    else:
        assert plan.blocked


def test_a_grouped_nick_is_taken_from_its_owner_only_where_somebody_says_so() -> None:
    live = swapped(AFTER, b"MN greta greta", b"MN greta ALICE_ALT 1795396861 1795396861 \nMN greta greta")
    assert alice(live).conflicts[0].choices == ("skip", "replace")
    plan = alice(live, choices={"alice_alt": "replace"})
    assert plan.going == ("nick ALICE_ALT of greta",)
    result = carried_out(plan, live)
    assert lines(result, b"MN alice alice_alt")
    assert not lines(result, b"MN greta ALICE_ALT")
    assert is_good(result)


def test_a_name_that_is_grouped_is_ungrouped_only_where_somebody_says_so() -> None:
    live = swapped(AFTER, b"MN bob bob_", b"MN bob ALICE")
    plan = alice(live, choices={"": "replace"})
    assert plan.going == ("nick ALICE of bob",)
    assert lines(carried_out(plan, live), b"MN alice alice ")


def test_a_certificate_is_taken_from_its_owner_only_where_somebody_says_so() -> None:
    row = b"MCFP bob 64A757DB9556CEE81DCD500B0E5E4AA64B1925ABE1FA9CED799682B9E8FFA0D0 \n"
    live = swapped(AFTER, b"MU AAAAAAAAE carol", row + b"MU AAAAAAAAE carol")
    plan = alice(live, choices={"certfp": "replace"})
    assert plan.going == ("a certificate of bob",)
    assert len(lines(carried_out(plan, live), b"MCFP ")) == 2


def test_access_to_a_channel_of_others_by_now_is_given_only_where_somebody_says_so() -> None:
    live = swapped(AFTER, b"MC #alpha 1795396577", b"MC #alpha 1795396999")
    assert "founder of #alpha" not in alice(live).powers
    assert "founder of #alpha" in alice(live, choices={"#ALPHA": "merge"}).powers


def test_a_choice_that_is_none_is_refused_with_those_that_are() -> None:
    live = swapped(AFTER, b"MN bob bob_", b"MN bob ALICE")
    with pytest.raises(PlanBlocked, match="can be met by: replace or as NEWNAME"):
        alice(live, choices={"": "merge"})


def test_a_uid_that_is_in_use_is_a_conflict_that_is_met_by_itself() -> None:
    backup = swapped(BEFORE, b"MU AAAAAAAAC alice", b"MU AAAAAAAAB alice")
    plan = alice(AFTER, backup=backup)
    assert [(item.code, item.chosen, item.open) for item in plan.conflicts] == [("uid-taken", "new uid", False)]


def test_an_operator_by_configuration_is_one_at_once_and_that_is_told() -> None:
    plan = alice(AFTER, network=Network(operators=("ALICE",)))
    assert "services operator, by the configuration" in plan.powers


def test_what_the_first_sweep_would_drop_is_told() -> None:
    """Forty days unused, thirty allowed."""
    backup = swapped(BEFORE, b"1795396603 +Cb default", b"1791900000 +Cb default")
    plan = alice(AFTER, backup=backup, network=Network(nick_days=30))
    assert "unused for 41 days, and services expire accounts after 30" in plan.expiry[0]
    assert "its last use is set to now" in plan.summary()[-1]
    assert alice(AFTER, network=Network(nick_days=30)).expiry == ()


def test_a_choice_for_what_is_not_in_the_way_is_told_to_do_nothing() -> None:
    """It may have been mistyped."""
    plan = alice(AFTER, choices={"alice_atl": "replace", "": "merge"})
    assert "replace alice_atl: nothing of that name is in the way" in plan.notes
    assert "merge: nothing is in the way" in plan.notes
