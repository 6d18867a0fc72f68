"""Is a name in a database, and what was it there? Answered from the bytes: a search opens hundreds of databases."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.casemapping import Casemapping, fold
from core.formats.atheme import Row, field, kind_of
from core.registrations.wish import Kind
from core.registrations.words import date_of, listed, plural, shown

_ROOM = 120  # bytes for names in a sentence
_EVERY = [bytes([byte]) for byte in range(256)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What bore the name. Two of one `identity` are the same thing, however it changed in between."""

    kind: Kind
    identity: str  # tells it from another of the same name: the uid of an account, the birth of a channel
    name: str  # as it is stored, fit to be shown
    nick_of: str = ""  # the account that owned the name as a grouped nick
    registered: str = ""  # the day
    details: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it was: "account alice", "nick alice_alt of account alice"."""
        return f"nick {self.name} of account {self.nick_of}" if self.nick_of else f"{self.kind} {self.name}"

    def __str__(self) -> str:
        return f"{self.title} ({', '.join((f'registered {self.registered}', *self.details))})"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "kind": self.kind,
            "name": self.name,
            "nick_of": self.nick_of or None,
            "identity": self.identity,
            "registered": self.registered,
            "details": list(self.details),
        }


def find_name(content: bytes, name: bytes, *, casemapping: Casemapping) -> Sighting | None:
    """What bears `name`: "#chan", "!group", an account or a grouped nick. Never raises."""
    search = _Search(content, casemapping)
    if name.startswith((b"#", b"&", b"+")):
        return _channel(search, name)
    return _group(search, name) if name.startswith(b"!") else _account(search, name)


class _Search:
    def __init__(self, content: bytes, casemapping: Casemapping) -> None:
        self._content = content
        self._casemapping = casemapping

    def rows(self, kind: bytes, at: int, name: bytes) -> Iterator[Row]:
        """The rows of a kind with that name, however it is spelt, in a field."""
        pattern = rb"^%s(?: [^ \n]*){%d} %s(?= |$)[^\n]*" % (self._spellings(kind, "ascii"), at - 1, self._any(name))
        for found in re.finditer(pattern, self._content, re.MULTILINE):
            yield Row(0, found[0], kind_of(found[0]))

    def _any(self, name: bytes) -> bytes:
        return self._spellings(name, self._casemapping)

    @staticmethod
    def _spellings(name: bytes, casemapping: Casemapping) -> bytes:
        """A pattern for everything that folds to the same."""
        wanted = fold(name, casemapping)
        return b"".join(
            b"[%s]" % b"".join(re.escape(each) for each in _EVERY if fold(each, casemapping) == bytes([byte]))
            for byte in wanted
        )


def _account(search: _Search, name: bytes) -> Sighting | None:
    account = next(search.rows(b"MU", 2, name), None)
    if account is not None:
        return _described(search, account)
    nick = next(search.rows(b"MN", 2, name), None)
    owner = None if nick is None else next(search.rows(b"MU", 2, field(nick, 1)), None)
    if nick is None or owner is None:
        return None
    return Sighting(
        kind="account",
        identity=f"nick of {shown(field(owner, 1))}",  # the account's uid
        name=shown(field(nick, 2)),
        nick_of=shown(field(owner, 2)),
        registered=date_of(field(nick, 3)),
    )


def _described(search: _Search, account: Row) -> Sighting:
    name = field(account, 2)
    grouped = [field(row, 2) for row in search.rows(b"MN", 1, name)]
    nicks = [shown(nick) for nick in grouped if nick != name]
    details = [f"nicks {listed(nicks, _ROOM)}"] if nicks else []
    founded = sum(b"F" in field(row, 3) for row in search.rows(b"CA", 2, name))
    details += [f"founder of {plural(founded, 'channel')}"] if founded else []
    details += ["services operator"] if next(search.rows(b"SO", 1, name), None) else []
    return Sighting(
        kind="account",
        identity=shown(field(account, 1)),
        name=shown(name),
        registered=date_of(field(account, 5)),
        details=tuple(details),
    )


def _channel(search: _Search, name: bytes) -> Sighting | None:
    channel = next(search.rows(b"MC", 1, name), None)
    if channel is None:
        return None
    return Sighting(
        kind="channel",
        identity=f"of {shown(field(channel, 2))}",
        name=shown(field(channel, 1)),
        registered=date_of(field(channel, 2)),
        details=_founders(search, b"CA", name),
    )


def _group(search: _Search, name: bytes) -> Sighting | None:
    group = next(search.rows(b"GRP", 2, name), None)
    if group is None:
        return None
    return Sighting(
        kind="group",
        identity=shown(field(group, 1)),
        name=shown(field(group, 2)),
        registered=date_of(field(group, 3)),
        details=_founders(search, b"GACL", name),
    )


def _founders(search: _Search, kind: bytes, name: bytes) -> tuple[str, ...]:
    entries = list(search.rows(kind, 1, name))
    founders = [shown(field(row, 2)) for row in entries if b"F" in field(row, 3)]
    founded = f"founder {listed(founders, _ROOM)}" if founders else "no founder"
    return founded, f"{len(entries)} on its list"
