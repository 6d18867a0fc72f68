"""A services.db of any size, the same for the same number: people, groups and channels as services print them.

The proportions are those of a real network: an account has 1 to 3 nicks and 1 to 6 properties, few have memos,
certificates or access masks; a channel for every four accounts, mostly small. 20,000 accounts are 16 MB. Its rows are
of modules that every network loads (`MODULES`), so that the real program can load it.
"""

import argparse
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

from benchmarks.words import Words
from core.domain.casemapping import fold
from core.formats.atheme.schema import next_uid

MODULES = (
    b"protocol/inspircd", b"backend/opensex", b"crypto/pbkdf2v2", b"misc/httpd", b"transport/jsonrpc",
    b"nickserv/main", b"nickserv/cert", b"nickserv/group", b"chanserv/main", b"chanserv/akick", b"operserv/main",
    b"memoserv/main", b"saslserv/main", b"groupserv/main", b"exttarget/main", b"exttarget/registered",
)  # fmt: skip
BORN = 1_500_000_000  # seconds since 1970: nobody registered earlier
TODAY = 1_790_000_000  # a Monday in September, 14:13 UTC
STEP = 300  # seconds between two saves
_FOUNDER = b"+AFORaefhioqrstv"
_LETTERS = (b"+AV", b"+AVv", b"+AOiortv", b"+AOehiortv", b"+AOaefhiorstv")
_TOPICS = ("Welcome", "Be nice to each other", "Meetings on Mondays", "See https://wiki.example.net/rules")


@dataclass(slots=True)
class Town:
    """Blocks of rows by folded name. What changes it says how the rows change, as services would."""

    chance: Random
    words: Words
    now: int = TODAY
    uid: bytes = b"AAAAAAAAA"
    names: list[bytes] = field(default_factory=list)  # of accounts, as stored
    accounts: dict[bytes, list[bytes]] = field(default_factory=dict)
    groups: dict[bytes, list[bytes]] = field(default_factory=dict)  # GRP and MDG
    members: dict[bytes, list[bytes]] = field(default_factory=dict)  # GACL
    channels: dict[bytes, list[bytes]] = field(default_factory=dict)

    def render(self) -> bytes:
        """The file that services would write."""
        head = [b"GRVER 1 ", b"DBV 12 ", *(b"MDEP %s " % name for name in MODULES)]
        head += [b"LUID %s " % self.uid, b"CF +AFHORVabefhioqrstv "]
        rows = [*head, *_blocks(self.accounts), b"GDBV 4 ", b"GFA +fscmviA "]
        rows += [*_blocks(self.groups), *_blocks(self.members), *_blocks(self.channels)]
        return b"\n".join([*rows, b"KID 0 ", b"XID 0 ", b"QID 0 "]) + b"\n"

    def grow(self, accounts: int) -> None:
        """That many people more, with their groups and channels."""
        for _ in range(accounts):
            self._register_account()
        for _ in range(accounts // 50):
            self._register_group()
        for _ in range(accounts // 4):
            self._register_channel()

    def drop(self, name: bytes) -> None:
        """An account goes, with its access, and with the channels that it alone founded."""
        self.names.remove(name)
        del self.accounts[fold(name)]
        named = b" %s " % name
        for blocks in (self.members, self.channels):
            for key in [key for key, rows in blocks.items() if any(named in row for row in rows)]:
                blocks[key] = kept = [row for row in blocks[key] if not _is_for(row, name)]
                if not any(row.split(b" ", 4)[3].count(b"F") for row in kept if row.startswith((b"CA ", b"GACL "))):
                    self._forget(key)

    def live(self, *, share: float = 0.01) -> None:
        """Five minutes: that share logs in and that share of channels is used; a few register, drop, change access."""
        self.now += STEP
        now = b"%d" % self.now
        for name in self.chance.sample(self.names, max(1, int(len(self.names) * share))):
            host = self.words.host(name)
            self.accounts[fold(name)] = [_seen(row, name, host, now) for row in self.accounts[fold(name)]]
        busy = self.chance.sample(sorted(self.channels), max(1, int(len(self.channels) * share)))
        for key in busy:
            self.channels[key] = [_used(row, now) for row in self.channels[key]]
        for key in busy[:3]:
            self.channels[key] = [self._changed(row, now) for row in self.channels[key]]
        few = self.chance.randint(1, 3)
        if len(self.names) > few and self.chance.random() < 0.5:
            self.drop(self.chance.choice(self.names))
        for _ in range(few):
            self._register_account()
        if self.chance.random() < 0.3:
            self._register_channel()

    def _forget(self, key: bytes) -> None:
        for blocks in (self.members, self.groups, self.channels):
            blocks.pop(key, None)
        if key.startswith(b"!"):
            for name, rows in self.channels.items():
                self.channels[name] = [row for row in rows if fold(row.split(b" ", 3)[2]) != key]

    def _changed(self, row: bytes, now: bytes) -> bytes:
        fields = row.split(b" ")
        if fields[0] == b"CA" and fields[3] in _LETTERS and self.chance.random() < 0.3:
            fields[3], fields[4] = self.chance.choice(_LETTERS), now
        return b" ".join(fields)

    # --- who registers -----------------------------------------------------------------------

    def _register_account(self) -> None:
        name, chance = self.words.nick(), self.chance
        self.uid = next_uid(self.uid)
        born = chance.randrange(BORN, TODAY - 86400)
        seen = chance.randrange(born, TODAY)
        secret = b64encode(chance.randbytes(32)) + b"$" + b64encode(chance.randbytes(64))
        flags = chance.choice((b"+sCb", b"+Cb", b"+C", b"+sCbP", b"+hsCb"))
        mail = fold(name).lower().translate(None, b"[]{}|^`~\\") + b"@example.org"
        rows = [b"MU %s %s $z$26$10000$%s %s %d %d %s default " % (self.uid, name, secret, mail, born, seen, flags)]
        rows += [b"MDU %s %s" % (name, text) for text in islice(self._properties(name), 6)]
        for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
            rows.append(
                b"ME %s %s %d %d %s" % (name, self._somebody(name), seen, chance.randrange(2), self.words.sentence(9))
            )
        if chance.random() < 0.05:
            rows.append(b"AC %s *@192.0.2.%d " % (name, chance.randrange(256)))
        nicks = [name, *(self.words.nick() for _ in range(chance.choice((0, 0, 0, 1, 1, 2))))]
        rows += [b"MN %s %s %d %d " % (name, nick, born, seen) for nick in nicks]
        if chance.random() < 0.1:
            rows.append(b"MCFP %s %s " % (name, chance.randbytes(32).hex().encode()))
        self.names.append(name)
        self.accounts[fold(name)] = rows

    def _properties(self, name: bytes) -> Iterator[bytes]:
        """Sorted by their keys, as services print them."""
        chance, host = self.chance, self.words.host(name)
        if chance.random() < 0.4:
            yield b"location " + self.words.sentence(4)
        if chance.random() < 0.15:
            yield b"motto " + self.words.sentence(8)
        if chance.random() < 0.2:
            yield b"private:doenforce 1"
        yield b"private:host:actual " + host
        if chance.random() < 0.9:
            yield b"private:host:vhost " + host
        if chance.random() < 0.8:
            yield b"private:lastquit:message Quit: " + self.words.sentence(4)
        if chance.random() < 0.5:
            yield b"timezone UTC%+d" % chance.randrange(-11, 13)
        if chance.random() < 0.1:
            yield b"url https://people.example.net/%s/" % name

    def _register_group(self) -> None:
        name, chance = b"!" + self.words.nick(), self.chance
        self.uid = next_uid(self.uid)
        self.groups[fold(name)] = [b"GRP %s %s %d + " % (self.uid, name, chance.randrange(BORN, TODAY))]
        if chance.random() < 0.5:
            self.groups[fold(name)].append(b"MDG %s description %s" % (name, self.words.sentence(5)))
        people = chance.sample(self.names, min(len(self.names), chance.randint(1, 8)))
        flags = [b"+FfscmviA", *(chance.choice((b"+c", b"+cm", b"+fcmviA")) for _ in people[1:])]
        self.members[fold(name)] = [b"GACL %s %s %s " % (name, *pair) for pair in zip(people, flags, strict=True)]

    def _register_channel(self) -> None:
        name, chance = b"#" + self.words.nick(), self.chance
        born = chance.randrange(BORN, TODAY)
        used = chance.randrange(born, TODAY)
        rows = [b"MC %s %d %d %s 272 6 0  " % (name, born, used, chance.choice((b"+vg", b"+kg", b"+vkg", b"+g")))]
        people = chance.sample(self.names, min(len(self.names), int(1 + 29 * chance.random() ** 3)))
        flags = [_FOUNDER, *(chance.choice(_LETTERS) for _ in people[1:])]
        tail = b"%d %s " % (used, people[0])
        rows += [b"CA %s %s %s %s" % (name, who, what, tail) for who, what in zip(people, flags, strict=True)]
        rows += self._other_access(name, tail)
        rows.append(b"MDC %s private:channelts %d" % (name, born))
        if chance.random() < 0.5:
            rows.append(b"MDC %s private:entrymsg %s" % (name, self.words.sentence(6)))
        rows.append(b"MDC %s private:topic:setter %s" % (name, people[0]))
        rows.append(b"MDC %s private:topic:text %s" % (name, chance.choice(_TOPICS).encode()))
        rows.append(b"MDC %s private:topic:ts %d" % (name, used))
        self.channels[fold(name)] = rows

    def _other_access(self, name: bytes, tail: bytes) -> Iterator[bytes]:
        """Groups, everybody who is registered, and bans with their reasons."""
        if self.groups and self.chance.random() < 0.1:
            group = self.chance.choice(list(self.groups))
            yield b"CA %s %s +AVv %s" % (name, self.groups[group][0].split(b" ")[2], tail)
        if self.chance.random() < 0.1:
            yield b"CA %s $registered +v %s" % (name, tail)
        if self.chance.random() < 0.3:
            mask = b"*!*@bad-%d.example.com" % self.chance.randrange(10**6)
            yield b"CA %s %s +b %s" % (name, mask, tail)
            yield b"MDA %s %s reason %s" % (name, mask, self.words.sentence(6))

    def _somebody(self, otherwise: bytes) -> bytes:
        return self.chance.choice(self.names) if self.names else otherwise


def _blocks(blocks: dict[bytes, list[bytes]]) -> Iterable[bytes]:
    return (row for name in sorted(blocks) for row in blocks[name])


def _seen(row: bytes, name: bytes, host: bytes, now: bytes) -> bytes:
    fields = row.split(b" ")
    if fields[0] == b"MU":
        fields[6] = now
    elif fields[0] == b"MN" and fields[2] == name:
        fields[4] = now
    elif fields[0] == b"MDU" and fields[2].startswith(b"private:host:"):
        fields[3] = host
    return b" ".join(fields)


def _used(row: bytes, now: bytes) -> bytes:
    fields = row.split(b" ")
    if fields[0] == b"MC":
        fields[3] = now
    return b" ".join(fields)


def _is_for(row: bytes, name: bytes) -> bool:
    """Whether a row gives that account access."""
    return row.startswith((b"CA ", b"MDA ", b"GACL ")) and row.split(b" ", 3)[2] == name


def make_town(accounts: int) -> Town:
    """The town of that many people: always the same one."""
    chance = Random(accounts)
    town = Town(chance, Words(chance))
    town.grow(accounts)
    return town


def somebody_with_much(town: Town) -> bytes:
    """An account that founded no channel alone and has access to several: a fair one to bring back."""
    return max(town.names, key=lambda name: (len(town.accounts[fold(name)]), name))


def main() -> None:
    """Write a town as it was, and as it is after somebody was dropped and five minutes went by."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.town", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="where before.db, after.db and dropped.txt are written")
    parser.add_argument("--accounts", type=int, default=50_000)
    asked = parser.parse_args()
    town = make_town(asked.accounts)
    (asked.folder / "before.db").write_bytes(town.render())
    name = somebody_with_much(town)
    town.drop(name)
    town.live()
    (asked.folder / "after.db").write_bytes(town.render())
    (asked.folder / "dropped.txt").write_bytes(name)


if __name__ == "__main__":
    main()
