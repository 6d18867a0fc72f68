"""All keys of a configuration, as they are listed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypedDict

from bot.config import BotSettings
from bot.wiring import build_engine, build_identities
from core.crypto.identities import Passphrase, recipient_of
from core.crypto.signing import public_of
from core.domain.errors import BackupServError, OnlySeals
from core.domain.moment import show
from core.operations.keys import KeyProof, KeyProofs
from core.registrations.words import plural


class Listed(TypedDict):
    """What `keys list --json` says."""

    recipients: list[dict[str, str | bool]]
    sealed: dict[str, int]  # recipient → snapshots in the repository that are sealed to it
    old: list[str]  # recipients of identities here that nothing is sealed to any more
    identity: str
    signing: str
    trusted: list[str]
    troubles: list[str]


def listed(settings: BotSettings, ask: Passphrase | None) -> Listed:
    """Recipients and signing keys. What cannot be read is told, and hides nothing else."""
    keys, troubles = settings.keys, list[str]()
    try:
        ours = [recipient_of(text) for text in build_identities(settings, ask).texts()]
    except OnlySeals:
        ours = []
    except BackupServError as error:
        ours = []
        troubles.append(str(error))
    signing = ""
    try:
        signing = public_of(keys.signing) if keys.signing is not None else ""
    except BackupServError as error:
        troubles.append(str(error))
    sealed = Counter[str]()
    try:
        for entry in build_engine(settings).repository.catalogue().entries:
            sealed.update(entry.recipients)
    except BackupServError as error:
        troubles.append(f"how many snapshots are sealed to whom is not known: {error}")
    proofs = KeyProofs(settings.state_dir).latest()
    return Listed(
        recipients=[_recipient(one, ours, proofs) for one in keys.recipients],
        sealed=dict(sealed),
        old=[one for one in ours if one not in keys.recipients],
        identity=str(keys.identity or ""),
        signing=signing,
        trusted=list(keys.trusted) or [signing][: bool(signing)],
        troubles=troubles,
    )


def _recipient(recipient: str, ours: list[str], proofs: Mapping[str, KeyProof]) -> dict[str, str | bool]:
    proof = proofs.get(recipient)
    return {
        "recipient": recipient,
        "opened_here": recipient in ours,
        "proven_at": proof.at.isoformat() if proof else "",
        "proven_on": proof.snapshot if proof else "",
    }


def told(found: Listed) -> Iterator[str]:
    """The same for people."""
    yield "sealed to:"
    for one in found["recipients"]:
        here = f"opened here by {found['identity']}" if one["opened_here"] else "opened elsewhere"
        proven = f"proven {show(datetime.fromisoformat(str(one['proven_at'])))}" if one["proven_at"] else "never proven"
        yield f"  {one['recipient']}  {here} · {proven} · {_count(found, str(one['recipient']))}"
    if found["old"]:
        yield "opened here too, nothing new is sealed to them:"
        yield from (f"  {one}  {_count(found, one)}" for one in found["old"])
    known = {*(one["recipient"] for one in found["recipients"]), *found["old"]}
    if others := [one for one in found["sealed"] if one not in known]:
        yield "old snapshots are sealed to these too:"
        yield from (f"  {one}  {_count(found, one)}" for one in others)
    yield f"signed with: {found['signing'] or 'no key: snapshots are not signed'}"
    yield f"trusted: {' '.join(found['trusted']) or 'nobody is asked for a signature'}"
    yield from (f"  ! {trouble}" for trouble in found["troubles"])


def _count(found: Listed, recipient: str) -> str:
    return plural(found["sealed"].get(recipient, 0), "snapshot")
