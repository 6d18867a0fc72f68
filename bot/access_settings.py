"""What `[access]` says: whose commands are obeyed, by what they are known, and what they may."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bot.settings import Name, Settings, Word
from core.domain.casemapping import fold
from core.secrets import Secret

RoleName = Literal["view", "backup", "restore", "approve", "admin"]
ROLES: tuple[RoleName, ...] = ("view", "backup", "restore", "approve", "admin")
_DIGEST = 32  # bytes of SHA-256
_MOST = 200  # people, accounts, …: a network has fewer opers


def plain_certfp(text: str) -> str:
    """A SHA-256 fingerprint as we compare it: 64 hexadecimal digits in lower case.

    Servers and programs show it with colons or without, in either case, or as base64 (of a public key, "spki").

    Raises:
        ValueError: it is no SHA-256.
    """
    bare = text.strip().replace(":", "").lower()
    if re.fullmatch(r"[0-9a-f]{64}", bare):
        return bare
    encoded = text.strip().removeprefix("SHA256:").rstrip("=")
    try:
        digest = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != _DIGEST:
        raise ValueError("expected a SHA-256 fingerprint: 64 hexadecimal digits, with colons or without, or base64")
    return digest.hex()


def _certfp(value: object) -> object:
    return plain_certfp(value) if isinstance(value, str) else value


Certfp = Annotated[str, BeforeValidator(_certfp)]


class PersonSettings(Settings):
    """`[access.people.NAME]`: one person. Any of these proofs is enough, of who is an IRC operator at that moment."""

    account: Word | None = Field(default=None, description="their services account")
    accounts: list[Word] = Field(default=[], max_length=_MOST, description="or several")
    certfps: list[Certfp] = Field(default=[], max_length=_MOST, description="SHA-256 of their client certificates")
    opers: list[Word] = Field(
        default=[], max_length=_MOST, description="their oper logins, where the server tells them"
    )
    totp: Secret | None = Field(default=None, description="one-time codes: see `backupserv totp`")
    roles: list[RoleName] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom the configuration names."""

    name: str
    accounts: tuple[str, ...] = ()
    certfps: tuple[str, ...] = ()
    opers: tuple[str, ...] = ()
    totp: Secret | None = None
    roles: tuple[RoleName, ...]
    breaks_glass: bool = False

    @property
    def proofs(self) -> tuple[str, ...]:
        """By what they are known, in words."""
        named = [f"account {name}" for name in self.accounts] + [f"oper login {name}" for name in self.opers]
        named += [f"certificate {fingerprint[:8]}…" for fingerprint in self.certfps]
        return (*named, "one-time code") if self.totp is not None else tuple(named)

    @property
    def approves(self) -> bool:
        """Whether they can be the second person."""
        return not {"approve", "admin"}.isdisjoint(self.roles)


class AccessSettings(Settings):
    """`[access]`: whose commands are obeyed, while they are IRC operators."""

    accounts: list[Word] = Field(default=[], max_length=_MOST, description="each is a person with every role")
    people: dict[Name, PersonSettings] = Field(default={}, max_length=_MOST)
    any_oper: list[RoleName] = Field(default=[], description="what any IRC operator may, who is nobody of these")
    operclasses: dict[Word, list[RoleName]] = Field(
        default={}, max_length=_MOST, description="the same for those of a class, where the server tells it"
    )
    break_glass: list[Name | Word] = Field(default=[], description="who may do alone, loudly, what takes two")

    @property
    def everybody(self) -> tuple[Person, ...]:
        """All people, those of the short form too."""
        alone = {_plain(name) for name in self.break_glass}
        short = [
            Person(name=name, accounts=(name,), roles=ROLES, breaks_glass=_plain(name) in alone)
            for name in self.accounts
        ]
        return (
            *short,
            *(_person(name, told, breaks_glass=_plain(name) in alone) for name, told in self.people.items()),
        )


def _person(name: str, told: PersonSettings, *, breaks_glass: bool) -> Person:
    accounts = ([told.account] if told.account is not None else []) + told.accounts
    return Person(
        name=name,
        accounts=tuple(accounts),
        certfps=tuple(told.certfps),
        opers=tuple(told.opers),
        totp=told.totp,
        roles=tuple(told.roles),
        breaks_glass=breaks_glass,
    )


def _plain(name: str) -> bytes:
    """Before a network has told how it compares names, those are one that are one anywhere."""
    return fold(name.encode())


def contradictions(access: AccessSettings) -> Iterator[str]:
    """What each key allows and the table as a whole does not."""
    people = access.everybody
    if not people and not access.any_oper and not access.operclasses:
        yield "access.accounts: names nobody: say whose commands are obeyed, here or in [access.people.NAME]"
    for person in people:
        if not person.proofs:
            yield f"access.people.{person.name}: needs an account, a certfp, an oper login or totp to be known by"
    yield from _shared(people)
    known = {_plain(person.name) for person in people}
    for index, name in enumerate(access.break_glass):
        if _plain(name) not in known:
            yield f"access.break_glass.{index}: nobody of that name is in access.people or access.accounts"
    if {"approve", "admin"} & set(access.any_oper):
        yield 'access.any_oper: "approve" and "admin" are for people who are named: two opers cannot be told apart here'


def _shared(people: tuple[Person, ...]) -> Iterator[str]:
    """What two people have in common, and must not: nobody could say which of them it is."""
    kinds: dict[str, Callable[[Person], Iterable[object]]] = {
        "name": lambda person: [_plain(person.name)],
        "account": lambda person: map(_plain, person.accounts),
        "certfp": lambda person: person.certfps,
        "oper login": lambda person: map(_plain, person.opers),
        "totp secret": lambda person: [person.totp.place] if person.totp is not None else [],
    }
    for one, other in combinations(people, 2):
        for kind, of in kinds.items():
            if set(of(one)) & set(of(other)):
                yield f"access: {one.name} and {other.name} have the same {kind}: each belongs to one person"
