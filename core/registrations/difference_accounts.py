"""What became of accounts, their nicks, and services operators."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from core.formats.atheme import Row, field
from core.formats.atheme.schema import TOKENS
from core.registrations.change import Change, Detail, Happening
from core.registrations.setters import of_property
from core.registrations.sides import Pair, Sides, counted, fate, letters, present, value
from core.registrations.words import date_of, shown

Details = Mapping[bytes, list[Detail]]

# Properties that change while people only come and go.
_HOSTS = (b"PRIVATE:HOST:", b"PRIVATE:LASTQUIT")
_TOKENS = tuple(token.upper() for token in TOKENS)
# Properties that people know by another name; None of their values is told.
_KNOWN_AS = {
    b"PRIVATE:MARK:": "mark",
    b"PRIVATE:FREEZE:": "freeze",
    b"PRIVATE:RESTRICT:": "restriction",
    b"PRIVATE:USERCLOAK": "vhost",
    b"PRIVATE:CLOSE:": "closing",
    b"PRIVATE:TOPIC:": "topic",
    b"PRIVATE:BOTSERV": "bot",
}


def account_changes(sides: Sides) -> Iterator[Change]:
    """Accounts that were registered, dropped, replaced by another of the same name, or changed."""
    before, after = sides.before.accounts, sides.after.accounts
    own = _own_details(sides)
    rows = {key[0]: pair for key, pair in sides.pairs(b"MU", 2).items()}
    for name in sorted(rows.keys() | own.keys()):
        stored = after.get(name) or before.get(name)
        pair = rows.get(name, (None, None))
        happening, details = _account(sides, pair, fate(name, pair, before, after))
        if happening == "changed":
            details = [*details, *own.get(name, ())]
        if happening != "changed" or details:
            spelt = shown(field(stored, 2) if stored is not None else name)
            yield Change(thing="account", name=spelt, happening=happening, details=tuple(details))


def _account(sides: Sides, pair: Pair, happening: Happening) -> tuple[Happening, list[Detail]]:
    old, new = pair
    if old is None or new is None:
        return happening, [Detail(what="row")] if old is not new and happening == "changed" else []
    was, now = old.fields, new.fields
    if was[1] != now[1] and was[5] != now[5]:
        return "replaced", value("registered", date_of(was[5]).encode(), date_of(now[5]).encode()) or [
            Detail(what="registered", power=False)
        ]
    sides.used((old, new), 6)
    changed = ((_password(was[3], now[3]), 3), ("e-mail", 4))
    details = [Detail(what=what, power=True) for what, at in changed if was[at] != now[at]]
    details += value("name", was[2], now[2]) + value("uid", was[1], now[1])
    details += _flags(sides, was[7], now[7])
    return happening, details + ([Detail(what="language")] if field(old, 8) != field(new, 8) else [])


def _password(old: bytes, new: bytes) -> str:
    """Later versions hash the same password anew when its owner next logs in."""
    return "password" if old.rsplit(b"$", 2)[0] == new.rsplit(b"$", 2)[0] else "password (or only how it is hashed)"


def _flags(sides: Sides, old: bytes, new: bytes) -> list[Detail]:
    """`b` is written only while nobody is logged in: it says who is online, and not what anybody changed."""
    was, now = letters(old, but=b"b"), letters(new, but=b"b")
    if was == now:
        sides.volatile["online"] += letters(old) != letters(new)
        return []
    return value("flags", was, now, power=(b"h" in was) != (b"h" in now))


def _own_details(sides: Sides) -> Details:
    found: dict[bytes, list[Detail]] = defaultdict(list)
    for kind, what in ((b"MCFP", "certificates"), (b"AC", "access masks"), (b"MI", "ignores")):
        went, came = (Counter(sides.after.fold(field(row, 1)) for row in rows) for rows in sides.only(kind))
        for name in went | came:
            found[name] += counted(what, went[name], came[name], power=kind == b"MCFP")
    for name, details in _memos(sides).items():
        found[name] += details
    for name, details in property_details(sides, b"MDU").items():
        found[name] += details
    return found


def _memos(sides: Sides) -> Details:
    """A memo that was read is the same memo."""
    went, came = (Counter(_memo(sides, row) for row in rows) for rows in sides.only(b"ME"))
    sides.volatile["memos read"] += (went & came).total()
    gone, new = (Counter(key[0] for key in rows.elements()) for rows in (went - came, came - went))
    return {name: counted("memos", gone[name], new[name]) for name in gone | new}


def _memo(sides: Sides, row: Row) -> tuple[bytes, ...]:
    account, sender, sent, _, text = row.raw.split(b" ", 5)[1:]
    return sides.after.fold(account), sender, sent, text


def property_details(sides: Sides, kind: bytes) -> Details:
    """Properties by their owner: which, never what they say."""
    found: dict[bytes, list[Detail]] = defaultdict(list)
    told: set[tuple[bytes, str]] = set()
    pairs = sides.pairs(kind, 1, 2)
    for (owner, key), pair in pairs.items():
        if key.startswith((*_HOSTS, b"PRIVATE:CHANNELTS")):
            sides.volatile["hosts and quits" if kind == b"MDU" else "times of channels"] += 1
        elif key.startswith(_TOKENS):
            sides.volatile["reset tokens and failed logins"] += 1
        else:
            start, what = next((known for known in _KNOWN_AS.items() if key.startswith(known[0])), (b"", ""))
            if what and (owner, what) not in told:
                setter = of_property(start, owner, kind, pairs, sides.after)
                found[owner].append(replace(present(what, pair), by=setter.by, at=setter.at))
                told.add((owner, what))
            elif not what:
                found[owner].append(present(f"property {shown(key.lower())}", pair))
    return found


def nick_changes(sides: Sides) -> Iterator[Change]:
    """Grouped nicks; the one that an account is named after comes and goes with it."""
    for (nick,), (old, new) in sides.pairs(b"MN", 2).items():
        owners = tuple(field(row, 1) if row is not None else b"" for row in (old, new))
        was, now = (b"" if sides.after.fold(owner) == nick else owner for owner in owners)
        if old is not None and new is not None and sides.after.fold(owners[0]) == sides.after.fold(owners[1]):
            sides.used((old, new), 4)
            continue
        row = new or old
        if row is None or (not was and not now):
            continue
        happening = fate(nick, (old, new), sides.before.nicks, sides.after.nicks)
        details = value("account", was, now)
        yield Change(thing="nick", name=shown(field(row, 2)), happening=happening, details=tuple(details))


def operator_changes(sides: Sides) -> Iterator[Change]:
    """Services operators in the database; those in the configuration of services are not here."""
    before, after = (
        frozenset(side.fold(field(row, 1)) for row in side.rows(b"SO")) for side in (sides.before, sides.after)
    )
    for (name,), pair in sides.pairs(b"SO", 1).items():
        row = pair[1] or pair[0]
        was, now = (b"" if row is None else field(row, 2) for row in pair)
        details = value("class", was, now, power=True) or [Detail(what="row")]
        spelt = shown(field(row, 1)) if row is not None else ""
        yield Change(thing="operator", name=spelt, happening=fate(name, pair, before, after), details=tuple(details))
