"""What was agreed to is what is done: a digest stands for the changes and for what they rest on."""

import json
from datetime import timedelta

import pytest

from core.domain.errors import AccountNotFound, PlanBlocked
from tests.core.registrations.town import AFTER, BEFORE, NOW, dropped, plan_of, swapped

LIFE = {
    "somebody logs in": (b"1795396560 1795396867 +sCb", b"1795396560 1795399999 +sCb"),
    "a nick is used": (b"MN bob bob_ 1795396571 1795396571", b"MN bob bob_ 1795396571 1795399999"),
    "an account is registered": (b"MU AAAAAAAAB root1", b"MU AAAAAAAAM new x x@x 1 1 +C default \nMU AAAAAAAAB root1"),
    "the counter of uids moves": (b"LUID AAAAAAAAL ", b"LUID AAAAAAABB "),
    "a memo is sent": (b"MN carol carol", b"ME carol bob 1795399999 0 hello\nMN carol carol"),
    "a channel is used": (b"MC #beta 1795396577 1795396858", b"MC #beta 1795396577 1795399999"),
    "a topic changes": (b"private:topic:text the topic", b"private:topic:text another"),
    "access of somebody else": (b"CA #beta greta +AVv", b"CA #beta greta +AOo"),
    "a ban of the network": (b"XID 0 ", b"KL 3 * 192.0.2.11 0 1795399999 root1 no\nXID 0 "),
}
SUBSTANCE = {
    "the name is registered": (b"MU AAAAAAAAD bob", b"MU AAAAAAAAM alice x x@x 1 1 +C default \nMU AAAAAAAAD bob"),
    "the name is grouped": (b"MN bob bob_", b"MN bob ALICE"),
    "a nick is grouped": (b"MN bob bob_", b"MN bob alice_alt"),
    "a certificate is added": (b"MN bob bob ", b"MCFP bob 00112233445566778899aabbccddeeff00112233 \nMN bob bob "),
    "its uid is given out": (b"MU AAAAAAAAL greta", b"MU AAAAAAAAC greta"),
    "a channel has another founder": (b"CA #Delta{1} bob +AVv", b"CA #Delta{1} bob +AFVv"),
    "a channel is registered anew": (b"MC #alpha 1795396577", b"MC #alpha 1795399999"),
    "a group is registered anew": (b"GRP AAAAAAAAJ !devs 1795396575", b"GRP AAAAAAAAM !devs 1795399999"),
    "a channel that was gone is there": (b"MC #eta ", b"MC #gamma 1795399999 1 + 0 0 0  \nMC #eta "),
    "the kept mark changes": (b"marked for research", b"marked for worse"),
    "services know other letters": (b"CF +AFHORV", b"CF +AFHOV"),
}


@pytest.mark.parametrize("life", LIFE)
def test_unrelated_life_leaves_the_digest_alone(life: str) -> None:
    """A code that dies whenever anybody does anything is no code."""
    assert plan_of(live=swapped(AFTER, *LIFE[life])).digest == plan_of().digest


@pytest.mark.parametrize("substance", SUBSTANCE)
def test_what_the_plan_rests_on_changes_the_digest(substance: str) -> None:
    """What was shown is not what would be done: the code must die."""
    assert plan_of(live=swapped(AFTER, *SUBSTANCE[substance])).digest != plan_of().digest


def test_the_time_is_no_part_of_the_digest() -> None:
    """Five minutes pass before somebody agrees; the rows then say when it was done."""
    later = plan_of(now=NOW + timedelta(minutes=5))
    assert later.digest == plan_of().digest
    assert later.additions != plan_of().additions


def test_a_new_uid_is_no_part_of_the_digest() -> None:
    """The next free uid moves with every registration."""
    backup = swapped(BEFORE, b"MU AAAAAAAAC alice", b"MU AAAAAAAAB alice")
    moved = swapped(AFTER, *LIFE["the counter of uids moves"])
    assert plan_of(backup=backup, live=moved).digest == plan_of(backup=backup).digest
    assert plan_of(backup=backup, live=moved).additions != plan_of(backup=backup).additions


def test_another_snapshot_or_another_wish_is_another_plan() -> None:
    """What would come back is in the digest, and so is what was asked for."""
    backup = swapped(BEFORE, b"MDU alice motto caf", b"MDU alice motto kaf")
    assert len({plan_of().digest, plan_of(backup=backup).digest, plan_of(sopers=True).digest}) == 3


def test_an_account_that_exists_blocks_the_plan_and_says_since_when() -> None:
    """Never overwritten by default."""
    assert plan_of("bob").blocked == (
        "account bob exists now (registered 2026-11-23, the same account): choose merge, replace or as NEWNAME"
    )


def test_a_name_that_is_grouped_blocks_the_plan_and_says_to_whom() -> None:
    """Services would give the nick to the account of that name, and its mark with it."""
    live = swapped(AFTER, b"MN bob bob_", b"MN bob ALICE")
    assert plan_of(live=live).blocked == "the nick alice is grouped to bob now: choose replace or as NEWNAME"


def test_who_is_not_in_the_snapshot_is_not_found() -> None:
    """Greta registered later; an empty name, a hostile one and one cut from bytes are nobody."""
    for name in ("greta", "", "alice\nbob", "al\udce9ce", "*"):
        with pytest.raises(AccountNotFound):
            plan_of(name)


@pytest.mark.parametrize(
    ("backup", "live"),
    [
        (swapped(BEFORE, b"DBV 12 ", b"DBV 11 "), AFTER),
        (BEFORE, swapped(AFTER, b"DBV 12 ", b"DBV 13 ")),
        (BEFORE, swapped(AFTER, b"DBV 12 \n", b"")),
        (BEFORE, swapped(AFTER, b"LUID AAAAAAAAL \n", b"")),
        (BEFORE, b""),
    ],
)
def test_a_database_of_another_schema_or_without_counter_cannot_be_planned_on(backup: bytes, live: bytes) -> None:
    """Rows of another schema mean something else; a uid could be given out twice."""
    with pytest.raises(PlanBlocked):
        plan_of(backup=backup, live=live)


def test_the_summary_fits_into_three_lines_and_shows_nothing_private() -> None:
    """No hash, no address, no host, no fingerprint, for chat and for machines alike."""
    plan = plan_of(sopers=True)
    assert len(plan.summary()) == 3
    told = "\n".join((*plan.summary(), *plan.notes, json.dumps(plan.as_dict())))
    for secret in ("$z$", "@", "10.1.2.3", "vhost.lab.test", "64a757db", "0011223344", "AAAAAAAAC"):
        assert secret not in told


def test_the_first_line_says_what_an_oper_needs() -> None:
    """As short as a night needs it."""
    counted = "+ 3 nicks, + 2 certfps, + 2 memos, + 2 access masks, + 1 ignore"
    assert plan_of().summary()[0].startswith(f"+ account (registered 2026-11-23), {counted}; access: ")


def test_an_account_with_access_everywhere_still_fits_into_the_lines() -> None:
    """Counted where it cannot be listed; lines are measured in bytes."""
    channels = [b"#\xe2\x98\xba%03d" % number for number in range(300)]
    founder = b"".join(b"MC %s 1 1 + 0 0 0  \nCA %s %%s +AFf 1 * \n" % (name, name) for name in channels)
    live = swapped(AFTER, b"MC #alpha", founder.replace(b"%s", b"bob") + b"MC #alpha")
    backup = swapped(BEFORE, b"MC #alpha", founder.replace(b"%s", b"alice") + b"MC #alpha")
    for one in (plan_of(backup=backup, live=live), plan_of(backup=backup)):
        assert 1 <= len(one.summary()) <= 3
        assert all(len(line.encode()) < 350 for line in one.summary())
        assert any("more" in line for line in one.summary())


def test_an_account_comes_back_into_the_very_snapshot_without_it() -> None:
    """The simplest night: dropped, and nothing else happened."""
    plan = plan_of(live=dropped(BEFORE, b"alice"))
    assert plan.blocked == ""
    assert plan.conflicts == ()
