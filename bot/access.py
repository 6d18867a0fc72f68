"""From what the server vouches for to who that is here, and what they may."""

from collections.abc import Callable, Iterable, Iterator

from bot.access_settings import AccessSettings, Person, plain_certfp
from bot.chat.authority import Actor, Role, with_implied
from bot.irc.casemap import Name
from bot.irc.identity import Identity, Refusal

_NAMED_ONLY = frozenset({Role.APPROVE, Role.ADMIN})


class Access:
    """The `[access]` table, asked. Names are compared as `name` says: as the network does at this moment."""

    def __init__(self, settings: AccessSettings, name: Callable[[str], Name] = Name) -> None:
        self._settings = settings
        self._people = settings.everybody
        self._name = name

    def judge(self, identity: Identity, *, vouched: str = "") -> Actor | Refusal:
        """Who this is; or why nobody who may command. `vouched` is whom a one-time code has shown it to be."""
        if not identity.is_oper:
            return Refusal("not an IRC operator now")
        known = {person.name: (person, proofs) for person, proofs in self._known(identity, vouched) if proofs}
        if len(known) > 1:
            told = ", ".join(f"{proofs[0]} says {name}" for name, (_, proofs) in known.items())
            return Refusal(f"the proofs are of different people: {told}")
        for person, proofs in known.values():
            return self._person(person, proofs, identity)
        return self._nobody_in_particular(identity)

    def _known(self, identity: Identity, vouched: str) -> Iterator[tuple[Person, list[str]]]:
        """Everybody, each with what speaks for them."""
        shown = _shown_certfps(identity)
        for person in self._people:
            proofs = []
            if identity.account is not None and self._is_one_of(identity.account, person.accounts):
                proofs.append(f"account {identity.account}")
            if not shown.isdisjoint(person.certfps):
                proofs.append("certificate")
            if identity.oper_name is not None and self._is_one_of(identity.oper_name, person.opers):
                proofs.append(f"oper login {identity.oper_name}")
            if vouched == person.name:
                proofs.append("one-time code")
            yield person, proofs

    def _is_one_of(self, name: str, names: Iterable[str]) -> bool:
        return self._name(name) in map(self._name, names)

    def _person(self, person: Person, proofs: list[str], identity: Identity) -> Actor:
        return Actor(
            name=person.name,
            roles=with_implied(frozenset(map(Role, person.roles))),
            proof=", ".join([*proofs, "oper"]),
            marks=frozenset({f"person:{person.name}"})
            | self._marks(person.accounts, person.certfps, person.opers)
            | self._marks_of(identity),
            breaks_glass=person.breaks_glass,
        )

    def _nobody_in_particular(self, identity: Identity) -> Actor | Refusal:
        """An oper whom the configuration does not name; what their class may, or any oper."""
        of_class = self._settings.operclasses.get(identity.oper_class or "", [])
        roles = with_implied(frozenset(map(Role, [*self._settings.any_oper, *of_class])))
        if identity.oper_name is None:
            roles -= _NAMED_ONLY  # two of them could not be told apart
        if not roles:
            return Refusal(_unknown(identity))
        name = identity.account or identity.oper_name or "an oper"
        if self._is_one_of(name, [person.name for person in self._people]):
            name = f"{name} (not the one in access.people)"
        proof = f"oper of class {identity.oper_class}" if of_class else "oper"
        connection = f"connection:{identity.uid or ''} {self._folded(identity.nick)}!{identity.user_host}"
        return Actor(name=name, roles=roles, proof=proof, marks=self._marks_of(identity) | {connection})

    def _marks_of(self, identity: Identity) -> frozenset[str]:
        accounts = [name for name in (identity.account, identity.restored_account) if name is not None]
        opers = [identity.oper_name] if identity.oper_name is not None else []
        return self._marks(accounts, _shown_certfps(identity), opers)

    def _marks(self, accounts: Iterable[str], certfps: Iterable[str], opers: Iterable[str]) -> frozenset[str]:
        """What no two people share."""
        return frozenset(
            [f"account:{self._folded(name)}" for name in accounts]
            + [f"certfp:{fingerprint}" for fingerprint in certfps]
            + [f"oper:{self._folded(name)}" for name in opers]
        )

    def _folded(self, name: str) -> str:
        return self._name(name).folded.decode("utf-8", "replace")


def _shown_certfps(identity: Identity) -> frozenset[str]:
    """Those of the connection that are SHA-256; other digests of the same certificate prove nothing here."""
    found = set()
    for text in identity.certfps:
        try:
            found.add(plain_certfp(text))
        except ValueError:
            continue
    return frozenset(found)


def _unknown(identity: Identity) -> str:
    if identity.restored_account is not None:
        return (
            "the account was restored while they were logged in to it: nobody knows whose it is till they log in again"
        )
    return "account not listed in [access], and no certificate, oper login or class either"
