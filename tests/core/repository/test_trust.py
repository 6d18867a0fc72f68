"""What is signed by us counts; what is replayed, swapped, dropped or forged is named. Pruning is told from theft."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from core.crypto.age import AgeSealer
from core.crypto.signing import MinisignSigner, MinisignVerifier, generate_signing_key, write_signing_key
from core.domain.snapshot import Snapshot
from core.repository.heads import Heads
from core.repository.repository import Repository
from core.repository.signed import write_signed
from core.storage.memory import MemoryStorage
from tests.core.repository.shelf import Shelf
from tests.fakes import FakeClock


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "signing.key"
    write_signing_key(path, generate_signing_key()[0])
    return path


@pytest.fixture
def signed(sealer: AgeSealer, clock: FakeClock, key: Path, tmp_path: Path) -> Shelf:
    """A host that signs, trusts itself, and remembers what it wrote."""
    storage, signer = MemoryStorage(), MinisignSigner(key)
    repository = Repository(
        storage=storage, sealer=sealer, clock=clock, network="N", host="h",
        signer=signer, verifier=MinisignVerifier([signer.public]), heads=Heads(tmp_path / "heads.json"),
    )  # fmt: skip
    return Shelf(repository, storage, sealer, clock)


def forge(shelf: Shelf, snapshot: Snapshot, signer: MinisignSigner | None, **changes: object) -> None:
    """What somebody with access to the storage writes: a sound checksum, and whatever signature they have."""
    fields = json.loads(shelf.read(shelf.manifest_key(snapshot))) | changes
    del fields["checksum"]
    fields.pop("signature", None)
    shelf.spoil(shelf.manifest_key(snapshot), write_signed(fields, signer, comment="x"))


def problem(shelf: Shelf) -> str:
    shelf.repository.snapshots()
    (text,) = shelf.repository.problems
    return text


def test_what_this_host_signs_it_believes(signed: Shelf) -> None:
    made = (signed.add(b"1"), signed.add(b"2"))
    assert signed.repository.snapshots() == made
    assert not signed.repository.problems


def test_a_manifest_without_a_signature_or_of_a_stranger_is_no_snapshot(signed: Shelf, tmp_path: Path) -> None:
    """Its checksum fits, its object opens: and nobody whom we trust stands behind it."""
    first, second = signed.add(b"1"), signed.add(b"2")
    forge(signed, second, None, reason="mine now")
    assert signed.repository.snapshots() == (first,)
    assert any(f"snapshot {second.tail} of services is not signed" in text for text in signed.repository.problems)
    write_signing_key(tmp_path / "other.key", generate_signing_key()[0])
    forge(signed, second, MinisignSigner(tmp_path / "other.key"), reason="mine now")
    assert signed.repository.snapshots() == (first,)
    assert any(signed.manifest_key(second) in text for text in signed.repository.problems)


def test_a_changed_bit_anywhere_is_noticed(signed: Shelf) -> None:
    """Under the signature it is no snapshot. What no signature covers is in the digest of the whole file."""
    first, second = signed.add(b"1"), signed.add(b"2")
    text = signed.read(signed.manifest_key(second))
    for place in range(0, len(text), 7):
        spoiled = bytearray(text)
        spoiled[place] ^= 1 << place % 8
        signed.spoil(signed.manifest_key(second), bytes(spoiled))
        found = signed.repository.snapshots()
        assert signed.repository.problems, place
        assert found == (first,) or place < text.index(b"\\n")


def test_the_newest_gone_or_replayed_is_noticed_by_who_wrote_it(signed: Shelf) -> None:
    """The chain alone cannot show it: an older state of a storage is sound in itself."""
    first, second = signed.add(b"1"), signed.add(b"2")
    signed.storage.delete(signed.manifest_key(second))
    assert problem(signed) == f"snapshot {second.tail}, the newest of services, is gone from memory or was replaced"
    signed.storage.delete(signed.manifest_key(first))
    assert second.tail in problem(signed)


def test_a_spoiled_memory_of_heads_hides_nothing(signed: Shelf, tmp_path: Path) -> None:
    snapshot = signed.add(b"1")
    for spoiled in (b"", b"[]", b'{"memory": 7}', b'{"memory": {"services": 7}}', b"{" * 5000):
        (tmp_path / "heads.json").write_bytes(spoiled)
        assert signed.repository.snapshots() == (snapshot,)
        assert not signed.repository.problems


def test_snapshots_from_before_signing_are_vouched_for_by_the_first_that_is_signed(signed: Shelf) -> None:
    """Until then they are told; a forged one beside them is not vouched for."""
    before = Repository(storage=signed.storage, sealer=signed.sealer, clock=signed.clock, network="N", host="h")
    shelf = Shelf(before, signed.storage, signed.sealer, signed.clock)
    old = (shelf.add(b"1"), shelf.add(b"2"))
    assert signed.repository.snapshots() == old
    assert problem(signed) == "no snapshot of services is signed: a backup now will stand behind them"
    new = signed.add(b"3")
    assert signed.repository.snapshots() == (*old, new)
    assert not signed.repository.problems
    forged = shelf.add(b"4")
    assert signed.repository.snapshots() == (*old, new)
    assert forged.tail in problem(signed)


def test_a_storage_full_of_unsigned_snapshots_is_believed_by_nobody_but_who_wrote_it(
    signed: Shelf, key: Path, tmp_path: Path
) -> None:
    """Whoever can write there can replace all manifests: a new machine that trusts a key believes none of them."""
    stranger = Repository(storage=signed.storage, sealer=signed.sealer, clock=signed.clock, network="N", host="h")
    shelf = Shelf(stranger, signed.storage, signed.sealer, signed.clock)
    shelf.add(b"1")
    forged = shelf.add(b"2")
    trusted = MinisignVerifier([MinisignSigner(key).public])

    def listed(**more: Any) -> tuple[Snapshot, ...]:
        opened = Repository(
            storage=signed.storage, sealer=signed.sealer, clock=signed.clock, network="N", host="h",
            verifier=trusted, **more,
        )  # fmt: skip
        return opened.snapshots()

    assert listed() == ()
    heads = Heads(tmp_path / "other.json")
    heads.note("memory", forged, digest="0" * 64)
    assert listed(signer=MinisignSigner(key), heads=heads) == ()
    heads.note("memory", forged, digest=sha256(signed.read(signed.manifest_key(forged))).hexdigest())
    assert len(listed(signer=MinisignSigner(key), heads=heads)) == 2


def test_a_pruning_leaves_a_roll_and_no_hole(signed: Shelf) -> None:
    """What it took is not missed; what it left and somebody took is."""
    made = [signed.add(b"%d" % number) for number in range(6)]
    left = [made[0], made[3], made[5]]
    signed.repository.write_roll("services", [snapshot.id for snapshot in left])
    for snapshot in (made[1], made[2], made[4]):
        signed.storage.delete(signed.manifest_key(snapshot))
    assert signed.repository.snapshots() == tuple(left)
    assert not signed.repository.problems
    newer = signed.add(b"new")
    assert not signed.repository.problems
    signed.storage.delete(signed.manifest_key(made[3]))
    assert signed.repository.snapshots() == (made[0], made[5], newer)
    assert any(made[3].id in text for text in signed.repository.problems)


def test_a_pruning_that_was_cut_short_is_no_theft_and_hides_none(signed: Shelf) -> None:
    """Of what lies between two that stay some is gone and some not yet; what was to stay is missed all the same."""
    made = [signed.add(bytes([number]) * 9) for number in range(8)]
    signed.repository.write_roll("services", [made[number].id for number in (0, 4, 7)])
    for number in (2, 5):
        signed.storage.delete(signed.manifest_key(made[number]))
    assert [item.id for item in signed.repository.snapshots()] == [made[n].id for n in (0, 1, 3, 4, 6, 7)]
    assert not signed.repository.problems
    signed.storage.delete(signed.manifest_key(made[4]))
    signed.repository.snapshots()
    assert any(made[4].id in text for text in signed.repository.problems)
    assert any(made[6].tail in text and "follows one that is gone" in text for text in signed.repository.problems)


def test_only_the_newest_roll_stays_and_a_second_pruning_is_none_of_theft(signed: Shelf) -> None:
    made = [signed.add(b"%d" % number) for number in range(4)]
    for left in (made[1:], made[2:]):
        signed.clock.advance(60)
        signed.repository.write_roll("services", [snapshot.id for snapshot in left])
    for snapshot in made[:2]:
        signed.storage.delete(signed.manifest_key(snapshot))
    assert len(list(signed.storage.list("N/h/rolls"))) == 1
    assert signed.repository.snapshots() == tuple(made[2:])
    assert not signed.repository.problems


def test_a_forged_roll_is_named_and_bridges_nothing(signed: Shelf) -> None:
    """Or whoever can write to the storage could make their theft look like a pruning."""
    first, second, third = (signed.add(b"%d" % number) for number in range(3))
    signed.repository.write_roll("services", [first.id, third.id])
    (roll,) = [item.key for item in signed.storage.list("N/h/rolls")]
    fields = json.loads(signed.read(roll))
    del fields["checksum"], fields["signature"]
    signed.spoil(roll, write_signed(fields, None, comment=""))
    signed.storage.delete(signed.manifest_key(second))
    assert signed.repository.snapshots() == (first, third)
    assert len(signed.repository.problems) == 2
    assert any(roll in text for text in signed.repository.problems)
    assert any(
        f"snapshot {third.tail} of services follows one that is gone" in text for text in signed.repository.problems
    )
