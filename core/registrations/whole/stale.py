"""What services' first sweep, an hour after their start, would drop of an old database (expire_check)."""

from collections import defaultdict
from dataclasses import dataclass

from core.formats.atheme import field
from core.registrations.living import Living, number
from core.registrations.wish import Network
from core.registrations.words import shown

_DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """By their folded names; the names for people beside them."""

    accounts: dict[bytes, str]
    nicks: frozenset[bytes]  # also those of accounts that stay
    channels: dict[bytes, str]
    unverified: tuple[str, ...]  # their e-mail was never verified within a day: no time of use saves them


def stale_in(old: Living, *, network: Network, now: int) -> Stale:
    """Of a database that is loaded now. What is held never expires, nor does an operator by configuration."""
    held = {name for name, row in old.accounts.items() if b"h" in field(row, 7)}
    held |= {old.fold(name.encode("utf-8", "surrogateescape")) for name in network.operators}
    limit = network.nick_days * _DAY
    seen: defaultdict[bytes, int] = defaultdict(int)
    nicks = set()
    for row in old.rows(b"MN"):
        owner, used = old.fold(field(row, 1)), _used(old, field(row, 4))
        seen[owner] = max(seen[owner], used)
        if owner not in held and _is_over(used, limit, now):
            nicks.add(old.fold(field(row, 2)))
    accounts, unverified = {}, []
    for name, row in old.accounts.items():
        if name in held:
            continue
        # A load raises the last login to when the newest nick was last seen.
        if _is_over(max(seen[name], _used(old, field(row, 6))), limit, now):
            accounts[name] = shown(field(row, 2))
        if b"W" in field(row, 7) and _is_over(number(field(row, 5)), _DAY, now):
            unverified.append(shown(field(row, 2)))
    limit = network.channel_days * _DAY
    channels = {
        name: shown(field(row, 1))
        for name, row in old.channels.items()
        if b"h" not in field(row, 4) and _is_over(number(field(row, 3)), limit, now)
    }
    return Stale(accounts=accounts, nicks=frozenset(nicks), channels=channels, unverified=tuple(unverified))


def _used(old: Living, moment: bytes) -> int:
    """Later versions write 0 for who is online, and read it as the time of the save."""
    return number(moment) or old.saved_at


def _is_over(used: int, limit: int, now: int) -> bool:
    return 0 < limit <= now - used and used > 0
