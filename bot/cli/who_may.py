"""Who may what, as `backupserv check` tells it."""

from collections.abc import Iterator, Sequence

from bot.access_settings import ROLES, AccessSettings, Person
from bot.cli.outcome import Outcome

_TWO = 2
_ENROL = "`backupserv totp NAME`"


def who_may(access: AccessSettings) -> Iterator[Outcome]:
    """A line for everybody, then what is missing for two to agree."""
    people = access.everybody
    for person in people:
        yield Outcome(what=f"who may: {person.name}", verdict="ok", detail=_line(person))
    for name, roles in access.operclasses.items():
        yield Outcome(what=f"who may: opers of class {name}", verdict="ok", detail=_roles(roles))
    if access.any_oper:
        yield Outcome(what="who may: any oper", verdict="ok", detail=_roles(access.any_oper))
    yield from _lacking(people)


def _line(person: Person) -> str:
    glass = " · may break glass" if person.breaks_glass else ""
    return f"{_roles(person.roles)} · as an IRC operator with {' or '.join(person.proofs)}{glass}"


def _roles(roles: Sequence[str]) -> str:
    return "everything" if "admin" in roles else ", ".join(role for role in ROLES if role in roles)


def _lacking(people: tuple[Person, ...]) -> Iterator[Outcome]:
    approving = [person.name for person in people if person.approves]
    if len(approving) < _TWO:
        detail = f"{len(approving)} may approve, so what takes two people waits for break_glass or the command line"
        yield Outcome(what="who may: a second oper", verdict="look", detail=detail)
    accounts_alone = [person.name for person in people if not (person.certfps or person.opers or person.totp)]
    if people and len(accounts_alone) == len(people):
        detail = f"everybody is known by an account alone, and nobody can log in then: add certfps, or {_ENROL}"
        yield Outcome(what="who may: with services down", verdict="look", detail=detail)
