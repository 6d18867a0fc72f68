"""What a plan rests on: the rows of the living database that decided it, and nothing else.

Somebody else's login, memo or new channel does not touch it; a new account of the name, a nick that was grouped, a
channel that changed hands does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from core.formats.atheme import field
from core.registrations.living import Living


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Everything in the living database that a plan had to ask about. Names are folded."""

    names: tuple[bytes, ...] = ()  # accounts that come back
    uids: tuple[bytes, ...] = ()
    nicks: tuple[bytes, ...] = ()
    certfps: tuple[bytes, ...] = ()
    groups: tuple[bytes, ...] = ()
    channels: tuple[bytes, ...] = ()
    entities: tuple[bytes, ...] = ()  # setters of access, members of what comes back


def ground_of(living: Living, claim: Claim) -> str:
    """The digest (SHA-256, hex) of the answers."""
    return sha256(repr(tuple(_answers(living, claim))).encode()).hexdigest()


def _answers(living: Living, claim: Claim) -> Iterator[object]:
    yield living.schema, living.master, living.access_letters, living.casemapping
    for name in claim.names:
        account = living.accounts.get(name)
        yield (field(account, 1), field(account, 5)) if account is not None else None
    for nick in (*claim.names, *claim.nicks):
        yield nick, living.fold(living.nicks.get(nick, b"")), nick in living.accounts
    for certfp in claim.certfps:
        yield certfp, living.fold(living.certfps.get(certfp, b""))
    for uid in claim.uids:
        yield uid, uid in living.uids
    for group in claim.groups:
        row = living.groups.get(group)
        yield group, (field(row, 1), field(row, 3)) if row is not None else None
    for channel in claim.channels:
        row = living.channels.get(channel)
        founders = sorted(map(living.fold, living.founders.get(channel, [])))
        yield channel, (field(row, 2), founders) if row is not None else None
    for entity in claim.entities:
        yield entity, living.identity(entity)
    yield [row.raw for row in living.kept_rows(frozenset({*claim.names, *claim.nicks}))]
    yield [living.reads(kind) for kind in (b"HR", b"HE", b"MM")]
