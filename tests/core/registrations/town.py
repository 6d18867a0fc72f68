"""A real town before and after alice was dropped, and words to change it."""

from datetime import UTC, datetime
from pathlib import Path

from core.domain.casemapping import fold
from core.erasure import Forgotten, Tombstone, account_tag, name_tag
from core.formats.atheme import field, parse
from core.registrations.planning import plan_rows
from core.registrations.row_plan import RowPlan
from core.registrations.splice import prove_splice, splice
from core.registrations.wish import Erasure, Kind, Network, Target, Wishes

VECTORS = Path(__file__).parents[2] / "vectors" / "atheme"
BEFORE = (VECTORS / "before.db").read_bytes()
AFTER = (VECTORS / "after.db").read_bytes()
NOW = datetime(2026, 11, 24, tzinfo=UTC)
STAMP = b"%d" % NOW.timestamp()
_NAMED_AT = {
    **dict.fromkeys((b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP", b"SO", b"HR", b"HE"), 1),
    **dict.fromkeys((b"MU", b"GACL", b"CA", b"MDA"), 2),
}


def plan_of(
    name: str = "alice",
    *,
    kind: Kind = "account",
    backup: bytes = BEFORE,
    live: bytes = AFTER,
    now: datetime = NOW,
    network: Network | None = None,
    erasure: Erasure | None = None,
    wishes: Wishes | None = None,
    sopers: bool = False,
    founded: bool = False,
) -> RowPlan:
    """The plan for one account, channel or group."""
    return plan_rows(
        backup=parse(backup),
        live=parse(live),
        target=Target(kind=kind, name=name),
        now=now,
        network=network or Network(),
        erasure=erasure,
        wishes=wishes or Wishes(founded=founded, operator=sopers),
    )


def carried_out(plan: RowPlan, live: bytes = AFTER) -> bytes:
    """The living database with a plan carried out, proven."""
    result = splice(parse(live), plan)
    prove_splice(live, result, plan)
    return result


def brought_back(
    name: str = "alice", *, backup: bytes = BEFORE, live: bytes = AFTER, sopers: bool = False, founded: bool = False
) -> bytes:
    """The living database with the account in it, proven."""
    return carried_out(plan_of(name, backup=backup, live=live, sopers=sopers, founded=founded), live)


def dropped(content: bytes, name: bytes) -> bytes:
    """The database without an account and everything that names it, as services leave it."""
    rows = []
    for row in parse(content).rows:
        at = _NAMED_AT.get(row.kind)
        if at is None or fold(field(row, at)) != fold(name):
            rows.append(row.raw)
    return b"\n".join(rows) + b"\n"


def lines(content: bytes, *words: bytes) -> list[bytes]:
    """All lines that begin so."""
    return [line for line in content.split(b"\n") if line.startswith(words)]


def swapped(content: bytes, old: bytes, new: bytes) -> bytes:
    """With another text in the first place where it stands."""
    assert old in content, old
    return content.replace(old, new, 1)


def forgotten(name: bytes, content: bytes = BEFORE, *, day: str = "2026-11-20") -> Forgotten:
    """The tombstone of the account of that name, with all its nicks, as `backupserv forget` makes it."""
    key = bytes(32)
    account = next(row for row in parse(content).rows if row.kind == b"MU" and fold(field(row, 2)) == fold(name))
    nicks = [field(row, 2) for row in parse(content).rows if row.kind == b"MN" and fold(field(row, 1)) == fold(name)]
    tags = {
        account_tag(key, field(account, 1), field(account, 5)),
        *(name_tag(key, fold(one)) for one in (name, *nicks)),
    }
    return Forgotten([Tombstone(id="AAAAAA", day=day, by="test", tags=frozenset(tags))], key)
