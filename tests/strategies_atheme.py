"""Databases as services write them, for properties: every one of these is good, and passes the check."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from core.domain.casemapping import fold
from core.formats.atheme.schema import next_uid, uid_order

_HEAD = (b"GRVER 1 ", b"DBV 12 ", b"MDEP transport/rfc1459 ", b"MDEP groupserv/main ", b"MDEP exttarget/main ")
_LETTERS = b"CF +AFHORVabefhioqrstv "
# Master (7.3) names only modules that the file needs, and says when it was saved.
_MASTER_HEAD = (b"GRVER 1 ", b"DBV 12 ", b"MDEP crypto/pbkdf2v2 ", b"MDEP groupserv/main ")
_SAVED = b"TS 1720000000 "
_FOUNDER = b"+AFORaefhioqrstv"
_TIME = 1_700_000_000

# Few letters, so that names collide; among them those that fold differently under rfc1459 and ASCII.
NAMES = st.text("abAB[{|^z9_", min_size=1, max_size=6).filter(lambda text: not text[0].isdigit()).map(str.encode)
TEXTS = st.binary(max_size=40).map(lambda text: text.translate(None, b"\0\r\n"))
TIMES = st.integers(_TIME, _TIME + 10**7).map(lambda time: b"%d" % time)


@dataclass(slots=True)
class Town:
    """What a generated database is about."""

    accounts: dict[bytes, bytes] = field(default_factory=dict)  # name → uid
    nicks: dict[bytes, bytes] = field(default_factory=dict)  # folded → owner
    channels: list[bytes] = field(default_factory=list)
    groups: dict[bytes, bytes] = field(default_factory=dict)
    last_uid: bytes = b"AAAAAAAAA"
    master: bool = False

    def flags(self, new: bytes) -> bytes:
        """The letter that master has and 7.2 has not."""
        return new if self.master else b""

    def uid(self) -> bytes:
        """The next, as services give them out."""
        self.last_uid = next_uid(self.last_uid)
        return self.last_uid


@st.composite
def databases(draw: st.DrawFn, *, least: int = 1, master: bool = False) -> bytes:
    """A good database with `least` accounts or more, of 7.2 or of master."""
    town = Town(master=master)
    names = draw(st.lists(NAMES, min_size=least, max_size=6, unique_by=fold))
    for name in names:
        town.accounts[name] = town.uid()
        town.nicks[fold(name)] = name
    for name in draw(st.lists(NAMES, max_size=2, unique_by=fold)):
        town.groups[b"!" + name] = town.uid()
    town.channels = [b"#" + name for name in draw(st.lists(NAMES, max_size=3, unique_by=fold))]
    rows = [row for name in sorted(names, key=fold) for row in _account(draw, town, name)]
    rows += _groups(draw, town)
    rows += [row for name in sorted(town.channels, key=fold) for row in _channel(draw, town, name)]
    tail = [b"KID 0 ", b"XID 0 ", b"QID 0 "]
    if draw(st.booleans()):
        tail.insert(0, b"SO %s ircop + " % draw(st.sampled_from(names)))
    luid = b"LUID " + max(town.last_uid, b"AAAAAAAAB", key=uid_order) + b" "
    head = [*_MASTER_HEAD, luid, _LETTERS, _SAVED] if master else [*_HEAD, luid, _LETTERS]
    tail += [b"JR DEFAULT 5 5 ", b"JR #a -1 -1 "] if master else []
    return b"\n".join([*head, *rows, *tail]) + b"\n"


def _account(draw: st.DrawFn, town: Town, name: bytes) -> list[bytes]:
    born, seen = draw(TIMES), draw(TIMES)
    flags = draw(st.sampled_from([b"+C", b"+sCb", b"+hCbP"])) + town.flags(draw(st.sampled_from([b"", b"l"])))
    if town.master and draw(st.booleans()):
        seen = b"0"  # logged in at the time of the save
    rows = [b"MU %s %s $z$1$%s x@example.test %s %s %s default " % (town.accounts[name], name, name, born, seen, flags)]
    keys = draw(st.lists(st.sampled_from([b"motto", b"private:mark:reason", b"url"]), unique=True))
    rows += [b"MDU %s %s %s" % (name, key, draw(TEXTS)) for key in sorted(keys)]
    others = [*sorted(town.accounts), b"somebody"]
    senders = draw(st.lists(st.sampled_from(others), max_size=2))
    rows += [b"ME %s %s %s 1 %s" % (name, sender, born, draw(TEXTS)) for sender in senders]
    rows += [b"MI %s %s " % (name, draw(st.sampled_from(others)))] if draw(st.booleans()) else []
    rows.append(b"MN %s %s %s %s " % (name, name, born, seen))
    extra = draw(NAMES)
    if fold(extra) not in town.nicks:
        town.nicks[fold(extra)] = name
        rows.append(b"MN %s %s %s %s " % (name, extra, born, seen))
    if draw(st.booleans()):
        rows.append(b"MCFP %s %s " % (name, town.accounts[name].hex().encode()))
    return rows


def _groups(draw: st.DrawFn, town: Town) -> list[bytes]:
    names = sorted(town.groups, key=fold)
    rows = [b"GDBV 4 ", b"GFA +fscmviA "]
    rows += [b"GRP %s %s %s +%s " % (town.groups[name], name, draw(TIMES), town.flags(b"n")) for name in names]
    for name in names:
        members = draw(st.lists(st.sampled_from(sorted(town.accounts)), min_size=1, unique=True))
        flags = [b"+FfscmviA", *(b"+cm" for _ in members[1:])]
        rows += [b"GACL %s %s %s " % (name, who, letters) for who, letters in zip(members, flags, strict=True)]
    return rows


def _channel(draw: st.DrawFn, town: Town, name: bytes) -> list[bytes]:
    rows = [b"MC %s %s %s +%svg 272 6 0  " % (name, draw(TIMES), draw(TIMES), town.flags(b"a"))]
    people = [*sorted(town.accounts), *sorted(town.groups)]
    for place, who in enumerate(draw(st.lists(st.sampled_from(people), min_size=1, unique=True))):
        setter = draw(st.sampled_from([*sorted(town.accounts), b"*"]))
        rows.append(b"CA %s %s %s %s %s " % (name, who, b"+AVv" if place else _FOUNDER, draw(TIMES), setter))
    if draw(st.booleans()):
        rows += [b"CA %s *!*@bad.example %s %s * " % (name, b"+b", draw(TIMES))]
        rows += [b"MDA %s *!*@bad.example reason %s" % (name, draw(TEXTS))]
    rows += [b"MDC %s private:topic:text %s" % (name, draw(TEXTS))]
    return rows


def any_databases(*, least: int = 1) -> st.SearchStrategy[bytes]:
    """A good database of 7.2 or of master."""
    return databases(least=least) | databases(least=least, master=True)
