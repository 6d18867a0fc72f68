"""Is a name in a database, and what was it there? Answered from the bytes: a search opens hundreds of databases."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.domain.casemapping import Casemapping, fold
from core.formats.atheme import Row, kind_of
from core.formats.atheme import field as word
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
    person: tuple[bytes, bytes] | None = field(
        default=None, repr=False
    )  # uid and registration of the account behind it

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


def rows_of(content: bytes, kind: bytes, at: int, name: bytes, casemapping: Casemapping) -> Iterator[Row]:
    """The rows of a kind with that name in a field, found in the bytes."""
    return _Search(content, casemapping).rows(kind, at, name)


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
    owner = None if nick is None else next(search.rows(b"MU", 2, word(nick, 1)), None)
    if nick is None or owner is None:
        return None
    return Sighting(
        kind="account",
        identity=f"nick of {shown(word(owner, 1))}",  # the account's uid
        name=shown(word(nick, 2)),
        nick_of=shown(word(owner, 2)),
        registered=date_of(word(nick, 3)),
        person=(word(owner, 1), word(owner, 5)),
    )


def _described(search: _Search, account: Row) -> Sighting:
    name = word(account, 2)
    grouped = [word(row, 2) for row in search.rows(b"MN", 1, name)]
    nicks = [shown(nick) for nick in grouped if nick != name]
    details = [f"nicks {listed(nicks, _ROOM)}"] if nicks else []
    founded = sum(b"F" in word(row, 3) for row in search.rows(b"CA", 2, name))
    details += [f"founder of {plural(founded, 'channel')}"] if founded else []
    details += ["services operator"] if next(search.rows(b"SO", 1, name), None) else []
    return Sighting(
        kind="account",
        identity=shown(word(account, 1)),
        name=shown(name),
        registered=date_of(word(account, 5)),
        details=tuple(details),
        person=(word(account, 1), word(account, 5)),
    )


def _channel(search: _Search, name: bytes) -> Sighting | None:
    channel = next(search.rows(b"MC", 1, name), None)
    if channel is None:
        return None
    return Sighting(
        kind="channel",
        identity=f"of {shown(word(channel, 2))}",
        name=shown(word(channel, 1)),
        registered=date_of(word(channel, 2)),
        details=_founders(search, b"CA", name),
    )


def _group(search: _Search, name: bytes) -> Sighting | None:
    group = next(search.rows(b"GRP", 2, name), None)
    if group is None:
        return None
    return Sighting(
        kind="group",
        identity=shown(word(group, 1)),
        name=shown(word(group, 2)),
        registered=date_of(word(group, 3)),
        details=_founders(search, b"GACL", name),
    )


def _founders(search: _Search, kind: bytes, name: bytes) -> tuple[str, ...]:
    entries = list(search.rows(kind, 1, name))
    founders = [shown(word(row, 2)) for row in entries if b"F" in word(row, 3)]
    founded = f"founder {listed(founders, _ROOM)}" if founders else "no founder"
    return founded, f"{len(entries)} on its list"
