"""The rows of a snapshot as they may live again: all of them, but for what another time would make harmful.

Who asked to be forgotten is in none of them. What services' first sweep would drop is used now. Reset tokens of then
do not work again. Whoever is online under the name of an account that is another by now, or has another password, must
log in again: without that, services would take them for its owner when they link (flag `b`). LUID never falls: the next
account would get a uid that was given out already.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from core.formats.atheme import Row, field, join
from core.formats.atheme.schema import ACCOUNT_FLAGS, TOKENS, uid_order
from core.registrations.forgetting import without_forgotten
from core.registrations.living import Living
from core.registrations.whole.stale import Stale, stale_in
from core.registrations.wish import Erasure, Network

# Rows that are of an account, and where it stands in them.
_OWNERS = {
    **dict.fromkeys((b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP", b"SO", b"HR", b"HE"), 1),
    **dict.fromkeys((b"CA", b"MDA", b"GACL", b"CSREQ", b"CFOP"), 2),
}
_MARKS = frozenset({b"MM", b"RM"})  # by uid
_USED = {b"MU": (6, 2), b"MN": (4, 2), b"MC": (3, 1)}  # where the last use stands, and the name


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The database that comes back, and what was done to its rows."""

    content: bytes
    stale: Stale
    logged_out: int  # accounts whose people online must log in again
    forgotten: int  # accounts that are left out
    anonymous: int  # rows of others that named one of them
    tokens: int  # reset tokens and counters that stay out


def whole(
    old: Living, living: Living | None, *, now: int, network: Network, erasure: Erasure, keep_times: bool = False
) -> Whole:
    """The snapshot `old` in place of `living` (None: it cannot be read). With `keep_times` nothing is used now.

    The same on the same second gives the same bytes.
    """
    stale = stale_in(old, network=network, now=now)
    stamp = b"" if keep_times else b"%d" % now
    return _Return(old, living, stale=stale, erasure=erasure, stamp=stamp).made()


class _Return:
    def __init__(self, old: Living, living: Living | None, *, stale: Stale, erasure: Erasure, stamp: bytes) -> None:
        self._old = old
        self._living = living
        self._erasure = erasure
        self._stale = stale
        self._stamp = stamp  # the time of now; b"" = every time stays as it was
        self._counts: Counter[str] = Counter()

    def made(self) -> Whole:
        """All of it."""
        rows = [raw for row in self._old.database.rows if (raw := self._row(row)) is not None]
        return Whole(
            content=join(rows, ended=True),
            stale=self._stale,
            logged_out=self._counts["logged out"],
            forgotten=len(self._gone),
            anonymous=self._counts["anonymous"],
            tokens=self._counts["tokens"],
        )

    def _row(self, row: Row) -> bytes | None:
        if self._is_of_forgotten(row) or self._is_old_token(row):
            return None
        raw = row.raw
        if row.kind == b"LUID":
            return self._last_uid(raw)
        if row.kind in _USED:
            raw = self._used(row.kind, raw)
        if row.kind == b"MU":
            raw = self._with_new_login(raw)
        kept = without_forgotten(raw, self._forgotten)
        self._counts["anonymous"] += kept != raw
        return kept

    # --- who asked to be forgotten -----------------------------------------------------------

    @cached_property
    def _gone(self) -> dict[bytes, bytes]:
        """Folded name → uid."""
        rows = self._old.accounts.items()
        return {name: field(row, 1) for name, row in rows if self._erasure.account(field(row, 1), field(row, 5))}

    @cached_property
    def _uids(self) -> frozenset[bytes]:
        return frozenset(self._gone.values())

    def _is_of_forgotten(self, row: Row) -> bool:
        if not self._gone:
            return False
        if row.kind == b"MU":
            return field(row, 1) in self._uids
        if row.kind in _MARKS:
            return field(row, 1) in self._uids
        at = _OWNERS.get(row.kind)
        return at is not None and self._old.fold(field(row, at)) in self._gone

    def _forgotten(self, name: bytes) -> str:
        folded = self._old.fold(name)
        if folded in self._gone:
            return "gone"
        return "" if folded in self._old.accounts else self._erasure.name(folded)

    # --- what another time would make harmful ------------------------------------------------

    def _is_old_token(self, row: Row) -> bool:
        """What is in the living database in the same words is no older than it."""
        if row.kind != b"MDU" or not field(row, 2).lower().startswith(TOKENS):
            return False
        old = row.raw not in self._living_tokens
        self._counts["tokens"] += old
        return old

    @cached_property
    def _living_tokens(self) -> frozenset[bytes]:
        rows = self._living.rows(b"MDU") if self._living is not None else []
        return frozenset(row.raw for row in rows if field(row, 2).lower().startswith(TOKENS))

    def _last_uid(self, raw: bytes) -> bytes:
        fields = raw.split(b" ")
        known = [fields[1], *self._old.uids]
        if self._living is not None:
            known += [self._living.last_uid, *self._living.uids]
        highest = max(known, key=uid_order)
        if uid_order(highest) > uid_order(fields[1]):
            fields[1] = highest
        return b" ".join(fields)

    def _used(self, kind: bytes, raw: bytes) -> bytes:
        fields = raw.split(b" ")
        at, name = _USED[kind]
        if not self._stamp or len(fields) <= at:
            return raw
        stale = {b"MU": self._stale.accounts, b"MN": self._stale.nicks, b"MC": self._stale.channels}[kind]
        if self._old.fold(fields[name]) in stale:
            fields[at] = self._stamp
        return b" ".join(fields)

    def _with_new_login(self, raw: bytes) -> bytes:
        fields = raw.split(b" ")
        if len(fields) <= 7 or self._is_as_it_was(fields):  # noqa: PLR2004 — the flags stand there
            return raw
        self._counts["logged out"] += 1
        if b"b" not in fields[7]:
            letters = fields[7].lstrip(b"+") + b"b"
            known = bytes(letter for letter in ACCOUNT_FLAGS if letter in letters)
            fields[7] = b"+" + known + letters.translate(None, ACCOUNT_FLAGS)
        return b" ".join(fields)

    def _is_as_it_was(self, fields: list[bytes]) -> bool:
        """Whether who is logged in to it now has shown what would log them in then."""
        if self._living is None:
            return False
        name = self._old.fold(fields[2])
        now = self._living.accounts.get(name)
        if now is None or any(field(now, at) != fields[at] for at in (1, 3, 4)):
            return False
        return self._certificates_now.get(name) == self._certificates_then.get(name)

    @cached_property
    def _certificates_then(self) -> dict[bytes, set[bytes]]:
        return _certificates(self._old)

    @cached_property
    def _certificates_now(self) -> dict[bytes, set[bytes]]:
        return _certificates(self._living) if self._living is not None else {}


def _certificates(side: Living) -> dict[bytes, set[bytes]]:
    found: dict[bytes, set[bytes]] = {}
    for row in side.rows(b"MCFP"):
        found.setdefault(side.fold(field(row, 1)), set()).add(field(row, 2).lower())
    return found
