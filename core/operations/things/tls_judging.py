"""What there is to say of a swap of certificates before it is done: what stands in its way, and what it would show."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from core.certificates.certificate import Certificate
from core.certificates.names import missing
from core.certificates.words import day, days, told
from core.operations.things.manner import Judgement
from core.operations.things.tls_sides import Swap
from core.program_ports import Served
from core.registrations.plan import Conflict
from core.registrations.words import listed

_ROOM = 200  # bytes of a list of names
_Why = Callable[[Certificate, Certificate | Served, str], str]  # and where the old one is


def judged(swap: Swap, *, now: datetime, anyway: frozenset[str], is_undo: bool) -> Judgement:
    """What there is to say. An undo is refused only where a key and its certificate would not fit."""
    conflicts = []
    for item, what, why in _in_the_way(swap, now):
        allowed = is_undo or item in anyway
        way = f"anyway {item}"
        chosen = way if allowed else "ask"
        conflicts.append(
            Conflict(code=f"tls-{item}", what=what, why=why, item=item, choices=("ask", way), chosen=chosen)
        )
    return Judgement(
        coming=tuple(_coming(swap, now)),
        now=_served_now(swap, now),
        conflicts=tuple(conflicts),
        notes=(*_unchecked(swap), *_ports(swap, now)),
        blocked=_wrong_pairs(swap) or _refused(conflicts),
        digest=sha256(repr(sorted((at, one.fingerprint) for at, one in swap.served.items())).encode()).hexdigest(),
    )


def _wrong_pairs(swap: Swap) -> str:
    wrong = [pair for pair in swap.touched() if pair.fit == "differs"]
    if not wrong:
        return ""
    first = wrong[0]
    return (
        f"the key {told(first.key)} would not belong to the certificate {told(first.certificate)}"
        f" ({first.leaf.subject}): bring both of them back, from one snapshot"
    )


def _refused(conflicts: Sequence[Conflict]) -> str:
    """Said in the words of the first; the others stand in the plan."""
    first = next((conflict for conflict in conflicts if conflict.open), None)
    return f"{first.what} {first.why}: say `anyway {first.item}` if it shall come all the same" if first else ""


def _in_the_way(swap: Swap, now: datetime) -> Iterator[tuple[str, str, str]]:
    """Item, what, why; each once, though several files hold the same certificate."""
    chains = [one for pair in swap.touched() for one in pair.chain]
    for one in dict.fromkeys(chains):
        if one.left(now) < timedelta():
            yield "expired", _named(one), f"has expired, on {day(one.ends_at)}"
    for item, why in (("older", _older), ("names", _fewer_names)):
        yield from dict.fromkeys((item, what, text) for what, text in _compared(swap, why))


def _compared(swap: Swap, why: _Why) -> Iterator[tuple[str, str]]:
    for place, old, coming in swap.replaced():
        reasons = [(one, why(one, old, place)) for one in coming]
        if reasons and all(reason for _, reason in reasons):  # several may come for a port, of which one suits it
            one, reason = reasons[0]
            yield _named(one), reason


def _older(new: Certificate, old: Certificate | Served, place: str) -> str:
    if new.fingerprint == old.fingerprint or (new.begins_at >= old.begins_at and new.ends_at >= old.ends_at):
        return ""
    spans = _span(new.begins_at, new.ends_at), _span(old.begins_at, old.ends_at)
    return f"({spans[0]}) is older than what {place} now ({spans[1]})"


def _fewer_names(new: Certificate, old: Certificate | Served, place: str) -> str:
    lacking = missing(new.names, old.names)
    return f"is not for {listed(list(lacking), _ROOM)}, as what {place} now is" if lacking else ""


def _coming(swap: Swap, now: datetime) -> Iterator[str]:
    for one in dict.fromkeys(pair.leaf for pair in swap.touched()):
        left = one.left(now)
        state = f"{days(left)} left" if left > timedelta() else "EXPIRED"
        for_whom = listed(list(one.names), _ROOM // 2) or one.subject
        yield f"certificate for {for_whom}, by {one.issuer}, {_span(one.begins_at, one.ends_at)} ({state})"


def _unchecked(swap: Swap) -> Iterator[str]:
    for pair in swap.touched():
        if pair.fit in {"unchecked", "alone"}:
            why = "it is encrypted" if pair.fit == "unchecked" else "it is not saved with it"
            yield f"whether the key of {told(pair.certificate)} fits cannot be checked: {why}"


def _ports(swap: Swap, now: datetime) -> Iterator[str]:
    for address, served in swap.served.items():
        same = {served.fingerprint} == {one.fingerprint for one in swap.expected(address)}
        comes = "and goes on with it" if same else "and will serve what comes"
        yield f"{address} serves {_told_served(served, now)}, {comes}"
    yield from swap.silent.values()


def _served_now(swap: Swap, now: datetime) -> str:
    """What people get at this moment, port by port where they differ; "" = nobody serves anything."""
    told = {address: _told_served(served, now) for address, served in swap.served.items()}
    ways = dict.fromkeys(told.values())
    return ", ".join(f"{way} on {', '.join(at for at in told if told[at] == way)}" for way in ways)


def _told_served(served: Served, now: datetime) -> str:
    left = served.ends_at - now
    state = f"{days(left)} left" if left > timedelta() else "EXPIRED"
    return f"{(*served.names, 'nobody')[0]} until {day(served.ends_at)} ({state})"


def _named(one: Certificate) -> str:
    return f"the certificate of {one.subject}"


def _span(begins_at: datetime, ends_at: datetime) -> str:
    return f"{day(begins_at)} to {day(ends_at)}"
