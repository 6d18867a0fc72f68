"""Who somebody is by what the server vouches for, and what they may. No proof, no answer."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.access import Access
from bot.access_settings import AccessSettings, contradictions, plain_certfp
from bot.chat.authority import Actor, Role
from bot.irc.casemap import Name
from bot.irc.identity import Identity, Refusal

FINGERPRINT = "ab" * 32
PEOPLE = {
    "alice": {"account": "alice", "accounts": ["al"], "certfps": [FINGERPRINT], "roles": ["restore", "approve"]},
    "carol": {"opers": ["coper"], "totp": {"file": "/nowhere"}, "roles": ["admin"]},
}


def _identity(**more: Any) -> Identity:
    told = {"nick": "somebody", "user_host": "u@h", "account": None, "is_oper": True, "secure": True, "server": "s"}
    return Identity(**(told | more))


def _access(name: Callable[[str], Name] = Name, **table: Any) -> Access:
    settings = AccessSettings.model_validate({"people": PEOPLE} | table)
    assert not list(contradictions(settings))
    return Access(settings, name)


def _judged(identity: Identity, vouched: str = "", **table: Any) -> Actor:
    verdict = _access(**table).judge(identity, vouched=vouched)
    assert isinstance(verdict, Actor), verdict
    return verdict


def _refused(identity: Identity, vouched: str = "", **table: Any) -> str:
    verdict = _access(**table).judge(identity, vouched=vouched)
    assert isinstance(verdict, Refusal), verdict
    return verdict.reason


@pytest.mark.parametrize(
    ("shown", "vouched", "who", "proof"),
    [
        ({"account": "ALICE"}, "", "alice", "account ALICE, oper"),
        ({"account": "al"}, "", "alice", "account al, oper"),
        ({"certfps": ("dead", FINGERPRINT.upper())}, "", "alice", "certificate, oper"),
        ({"oper_name": "COper"}, "", "carol", "oper login COper, oper"),
        ({}, "carol", "carol", "one-time code, oper"),
        ({"account": "al", "certfps": (FINGERPRINT,)}, "", "alice", "account al, certificate, oper"),
    ],
)
def test_each_proof_is_enough_of_who_is_an_operator_now(
    shown: dict[str, Any], vouched: str, who: str, proof: str
) -> None:
    actor = _judged(_identity(**shown), vouched)
    assert (actor.name, actor.proof) == (who, proof)
    assert _refused(_identity(**shown, is_oper=False), vouched) == "not an IRC operator now"


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"nick": "alice"},
        {"account": "mallory"},
        {"certfps": ("cd" * 32, "ab" * 20)},
        {"oper_name": "alice"},
        {"oper_class": "netadmin"},
    ],
    ids=str,
)
def test_no_proof_is_no_answer(shown: dict[str, Any]) -> None:
    assert "not listed" in _refused(_identity(**shown))


def test_an_account_that_was_restored_under_somebody_proves_nothing() -> None:
    assert "was restored" in _refused(_identity(restored_account="alice"))
    assert _judged(_identity(restored_account="alice", certfps=(FINGERPRINT,))).name == "alice"


def test_proofs_of_two_people_are_proof_of_nobody() -> None:
    assert "different people" in _refused(_identity(account="alice", oper_name="coper"))
    assert "different people" in _refused(_identity(account="alice"), "carol")


def test_roles_are_those_of_the_person_and_the_short_form_has_all() -> None:
    alice = _judged(_identity(account="alice"))
    assert alice.roles == {Role.VIEW, Role.BACKUP, Role.RESTORE, Role.APPROVE}
    assert _judged(_identity(oper_name="coper")).roles == frozenset(Role)
    assert _judged(_identity(account="Dave"), accounts=["dave"]).roles == frozenset(Role)


def test_an_oper_who_is_nobody_in_particular_may_what_their_class_or_any_oper_may() -> None:
    table: dict[str, Any] = {"any_oper": ["view"], "operclasses": {"netadmin": ["restore", "approve"]}}
    anybody = _judged(_identity(nick="x"), **table)
    assert (anybody.name, anybody.roles) == ("an oper", frozenset({Role.VIEW}))
    nameless = _judged(_identity(oper_class="netadmin"), **table)
    assert Role.APPROVE not in nameless.roles, "two of them could not be told apart"
    named = _judged(_identity(oper_class="netadmin", oper_name="root"), **table)
    assert (named.name, Role.APPROVE in named.roles) == ("root", True)


def test_an_oper_without_a_name_is_who_they_are_by_their_connection() -> None:
    """They may confirm what they asked for, and nobody else may."""
    table: dict[str, Any] = {"any_oper": ["restore"]}
    one, other = _judged(_identity(), **table), _judged(_identity(user_host="v@h"), **table)
    assert one.is_certainly(_judged(_identity(), **table))
    assert not one.is_certainly(other)
    assert one.is_same_person(other), "who has no name cannot be shown to be another"


def test_nobody_passes_for_a_person_by_the_name_of_their_account() -> None:
    """Carol's account is not listed; who registers it is not carol."""
    actor = _judged(_identity(account="carol"), any_oper=["view"])
    assert actor.name != "carol"
    assert not actor.is_certainly(_judged(_identity(oper_name="coper")))


def test_all_connections_of_a_person_are_that_person() -> None:
    by_account, by_certificate = _judged(_identity(account="alice")), _judged(_identity(certfps=(FINGERPRINT,)))
    assert by_account.is_certainly(by_certificate)
    shared = _judged(_identity(account="alice", oper_name="root"))
    other = _judged(_identity(account="dave", oper_name="root"), accounts=["dave"])
    assert shared.is_same_person(other), "who shares an oper login cannot approve what the other asked for"
    assert not shared.is_certainly(other)


def test_names_compare_as_the_network_says() -> None:
    people = {"x": {"account": "a[", "roles": ["view"]}}
    assert isinstance(_access(people=people).judge(_identity(account="a{")), Actor)
    ascii_names = _access(lambda text: Name(text, "ascii"), people=people)
    assert isinstance(ascii_names.judge(_identity(account="a{")), Refusal)
    assert isinstance(ascii_names.judge(_identity(account="A[")), Actor)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"people": {}}, "names nobody"),
        ({"people": {"x": {"roles": ["view"]}}}, "access.people.x: needs an account"),
        ({"accounts": ["Alice"]}, "have the same name"),
        ({"accounts": ["AL"]}, "AL and alice have the same account"),
        ({"people": {**PEOPLE, "eve": {"certfps": [FINGERPRINT], "roles": ["view"]}}}, "same certfp"),
        ({"people": {**PEOPLE, "eve": {"opers": ["COPER"], "roles": ["view"]}}}, "same oper login"),
        ({"people": {**PEOPLE, "eve": {"totp": {"file": "/nowhere"}, "roles": ["view"]}}}, "same totp secret"),
        ({"break_glass": ["alice", "eve"]}, "access.break_glass.1: nobody of that name"),
        ({"any_oper": ["approve"]}, "access.any_oper"),
    ],
)
def test_contradictions_are_told(table: dict[str, Any], told: str) -> None:
    assert told in "\n".join(contradictions(AccessSettings.model_validate({"people": PEOPLE} | table)))


def test_who_breaks_glass_is_named_by_person_or_by_account() -> None:
    assert _judged(_identity(account="alice"), break_glass=["Alice"]).breaks_glass
    assert _judged(_identity(account="dave"), accounts=["dave"], break_glass=["dave"]).breaks_glass
    assert not _judged(_identity(account="alice")).breaks_glass


def test_a_fingerprint_may_be_written_as_any_program_shows_it() -> None:
    colons = ":".join(["AB"] * 32)
    base64 = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="
    assert {plain_certfp(text) for text in (FINGERPRINT, colons, base64, f"SHA256:{base64[:-1]}")} == {FINGERPRINT}
    for wrong in ("", "ab" * 20, "ab" * 33, "not base64 !", "zz" * 32):
        with pytest.raises(ValueError, match="SHA-256"):
            plain_certfp(wrong)
