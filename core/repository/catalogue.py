"""All manifests of a repository, read once: what there is, in which order, and what cannot be read."""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import groupby

from core.domain.errors import ObjectDamaged, ObjectNotFound, SignatureInvalid, SnapshotNotFound, StorageUnavailable
from core.domain.moment import show
from core.domain.snapshot import Snapshot
from core.ports import Storage, StoredObject, Verifier
from core.repository import layout
from core.repository.manifest import LIMIT, read_manifest
from core.repository.reading import read_object
from core.repository.roll import read_rolls
from core.repository.signed import split_signature
from core.repository.trust import Belief, Entry, broken_links, gone, hanging, sort_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Snapshots in their order: by source, then by sequence. Times only help people, since clocks step."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]  # what could not be read or does not fit, in sentences
    unreadable: int  # manifests
    unchecked: tuple[str, ...] = ()  # of the problems those that are nobody's fault: what could not be read now

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """All of them, in order."""
        return tuple(entry.snapshot for entry in self.entries)

    def next_link(self) -> tuple[int, str]:
        """Sequence number and predecessor for a new snapshot, in the catalogue of one source.

        A manifest that cannot be read now may be the newest, so its number is left free.
        """
        if not self.entries:
            return 1 + self.unreadable, ""
        newest = self.entries[-1]
        return newest.snapshot.sequence + self.unreadable + 1, newest.digest

    def released(self, ids: Collection[str]) -> "Catalogue":
        """The same, where somebody said of these that they are not to be held."""
        entries = (
            replace(entry, snapshot=replace(entry.snapshot, held="")) if entry.snapshot.id in ids else entry
            for entry in self.entries
        )
        return replace(self, entries=tuple(entries))

    def find(self, reference: str) -> Snapshot:
        """The snapshot of that id, or short id, or "latest", which is never one that is held.

        Raises:
            SnapshotNotFound: there is none; near ones are named.
        """
        snapshots, wanted = self.snapshots, reference.lower()
        for snapshot in snapshots:
            if wanted in {snapshot.id.lower(), snapshot.tail}:
                return snapshot
        if troubles := [text for text in self.problems if not snapshots or wanted in text.lower()]:
            raise SnapshotNotFound("that snapshot cannot be read", hint=troubles[0])
        if not snapshots:
            raise SnapshotNotFound("there is no snapshot yet", hint="`backup now` makes one")
        newest = _newest(snapshots)
        if wanted == "latest":
            return newest
        near = difflib.get_close_matches(wanted, [snapshot.tail for snapshot in snapshots], n=2)
        raise SnapshotNotFound(
            "no snapshot has that id", hint=f"near: {', '.join(near)}" if near else f"the newest is {newest.tail}"
        )

    def at(self, moment: datetime) -> Snapshot:
        """The newest snapshot that was taken by then and is not held, in the catalogue of one source.

        Raises:
            SnapshotNotFound: none is that old; the first one is named.
        """
        good = [snapshot for snapshot in self.snapshots if not snapshot.held]
        earlier = [snapshot for snapshot in good if snapshot.taken_at <= moment]
        if earlier:
            return earlier[-1]
        first = next(iter(good), None)
        raise SnapshotNotFound(
            f"there is no snapshot of {show(moment)} or before",
            hint=f"the first is {first.tail} of {show(first.taken_at)}" if first else "`backup now` makes one",
        )


def _newest(snapshots: Sequence[Snapshot]) -> Snapshot:
    good = [snapshot for snapshot in snapshots if not snapshot.held]
    if not good:
        raise SnapshotNotFound(
            f"{snapshots[-1].tail} is held: {snapshots[-1].held}", hint="name it by its id, or `release` it"
        )
    if len({snapshot.source for snapshot in good}) == 1:
        return good[-1]
    return max(good, key=lambda item: (item.taken_at, item.sequence))


EVERYBODY = Belief()
Known = dict[StoredObject, Entry]  # what was read before, by where it lies and the mark of that moment


def read_catalogue(
    storage: Storage,
    root: str,
    source: str | None = None,
    *,
    belief: Belief = EVERYBODY,
    known: Known | None = None,
) -> Catalogue:
    """Every manifest, or one source's. One that cannot be read is told, and hides nothing else.

    What is in `known` is not read again, what is read is added to it, and what is gone goes from it.

    Raises:
        StorageUnavailable: the storage cannot be listed, or none of its manifests can be read now.
    """
    entries, problems, unavailable = [], [], []
    for item in _listed(storage, layout.manifests(root, source), known):
        try:
            entries.append(_known_entry(storage, root, item, belief.verifier, known))
        except ObjectNotFound:
            continue  # deleted since it was listed
        except (ObjectDamaged, SignatureInvalid) as error:
            problems.append(str(error))
        except StorageUnavailable as error:
            unavailable.append(error)
    if unavailable and not entries:
        raise unavailable[0]
    problems += map(str, unavailable)
    unreadable = len(problems)
    entries.sort(key=lambda entry: (entry.snapshot.source, entry.snapshot.sequence, entry.snapshot.id))
    kept: list[Entry] = []
    for name, group in groupby(entries, key=lambda entry: entry.snapshot.source):
        found, troubles = _examine(list(group), name, storage, root, belief, chained=not unreadable)
        kept += found
        problems += troubles
    unchecked = tuple(map(str, unavailable))
    return Catalogue(entries=tuple(kept), problems=tuple(problems), unreadable=unreadable, unchecked=unchecked)


def _listed(storage: Storage, folder: str, known: Known | None) -> list[StoredObject]:
    """The manifests that are there. What was pruned is not known for as long as we live.

    What another thread has just read is read once more.
    """
    listed = [item for item in storage.list(folder) if item.key.endswith(".json")]
    if known is not None:
        for item in [item for item in set(known) - set(listed) if item.key.startswith(f"{folder}/")]:
            known.pop(item, None)
    return listed


def _known_entry(
    storage: Storage, root: str, item: StoredObject, verifier: Verifier | None, known: Known | None
) -> Entry:
    if known is not None and item in known:
        return known[item]
    entry = read_entry(storage, root, item.key, verifier)
    if known is not None and item.mark:
        known[item] = entry
    return entry


def _examine(
    entries: list[Entry], source: str, storage: Storage, root: str, belief: Belief, *, chained: bool
) -> tuple[list[Entry], list[str]]:
    """One source's entries that count, and everything that is wrong with them.

    While a manifest cannot be read, nothing is said of holes: it may be what is missing.
    """
    rolls, problems = read_rolls(storage, root, source, belief.verifier)
    kept, troubles = sort_out(entries, rolls, belief)
    told = [*problems, *troubles]
    if chained:
        told += [*broken_links(kept, rolls), *gone(kept, rolls, storage.name), *hanging(kept)]
    return kept, told


def read_entry(storage: Storage, root: str, key: str, verifier: Verifier | None = None) -> Entry:
    """One manifest.

    Raises:
        ObjectDamaged, SignatureInvalid: it is none of ours.
        ObjectNotFound, StorageUnavailable: see the port.
    """
    content = read_object(storage, key, limit=LIMIT)
    if len(content) > LIMIT:
        raise ObjectDamaged(f"{key} is larger than any manifest")
    manifest = read_manifest(content, key)
    snapshot = manifest.snapshot
    try:
        own = layout.owns_its_keys(root, snapshot, manifest.extension)
    except KeyError:
        raise ObjectDamaged(f"{key} is of a kind that this version does not know", hint="update BackupServ") from None
    if not own or key != layout.manifest_key(root, snapshot.source, snapshot.id) or not layout.is_id(snapshot.id):
        raise ObjectDamaged(f"{key} speaks of another snapshot than its own")
    return Entry(
        snapshot=snapshot,
        digest=sha256(content).hexdigest(),
        recipients=manifest.recipients,
        signer=_signer(content, key, verifier),
    )


def _signer(content: bytes, key: str, verifier: Verifier | None) -> str:
    """Who signed it: "" for nobody.

    Raises:
        SignatureInvalid: somebody whom we do not trust, or it was changed since.
    """
    signed, signature = split_signature(content)
    if verifier is None or not signature:
        return ""
    try:
        return verifier.verify(signed, signature)
    except SignatureInvalid as error:
        raise SignatureInvalid(f"{key}: {error.message}", hint=error.hint) from None
