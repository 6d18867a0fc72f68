"""Without us: Debian's age and zstd open what was written, and what they wrote is opened."""

import json
import shlex
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from core.crypto.age import AgeSealer, generate_identity, write_identity
from core.domain.snapshot import Snapshot
from core.repository.manifest import Manifest
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from tests.conftest import require
from tests.core.repository.shelf import add
from tests.fakes import FakeClock

LARGE = b"".join(b"MDU user%d private:host:vhost %x.example.test\n" % (n, n * 7919) for n in range(240_000))


def shell(line: str, folder: Path) -> bytes:
    """A line as the documentation gives it; every program of the pipe must succeed."""
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", line], cwd=folder, capture_output=True, check=True, timeout=60
    ).stdout


@pytest.fixture
def world(tmp_path: Path, clock: FakeClock) -> tuple[Repository, Path]:
    """A repository in a folder, sealed to the host and to a recovery key; both identities lie beside it."""
    recipients = []
    for name in ("host.key", "recovery.key"):
        identity, recipient = generate_identity()
        write_identity(tmp_path / name, identity)
        recipients.append(recipient)
    storage = LocalStorage("disk", LocalSettings(kind="local", path=tmp_path / "repository"))
    sealer = AgeSealer(recipients=recipients, identity_file=tmp_path / "host.key")
    return Repository(storage=storage, sealer=sealer, clock=clock, network="N", host="h"), tmp_path


@pytest.mark.parametrize("key", ["host.key", "recovery.key"])
@pytest.mark.parametrize("content", [b"", b"GDBV 12\n", LARGE], ids=["empty", "small", "frames"])
def test_age_and_zstd_open_a_snapshot(world: tuple[Repository, Path], content: bytes, key: str) -> None:
    """With either key, by the line in the documentation; the digest is the manifest's."""
    require("age", "zstd")
    repository, folder = world
    snapshot = add(repository, content)
    line = f"age -d -i {key} repository/{shlex.quote(snapshot.key)} | zstd -d > services.db"
    shell(line, folder)
    assert (folder / "services.db").read_bytes() == content
    assert shell("sha256sum services.db", folder).decode().split()[0] == snapshot.digest


def test_zstd_finds_each_frame_checked(world: tuple[Repository, Path]) -> None:
    """Frames of 4 MiB, each with a checksum, one file to the stock tool."""
    require("age", "zstd")
    repository, folder = world
    snapshot = add(repository, LARGE)
    shell(f"age -d -i host.key -o packed.zst repository/{snapshot.key}", folder)
    listing = shell("zstd -lv packed.zst 2>&1", folder).decode()
    assert f"# Zstandard Frames: {-(-len(LARGE) // (4 << 20))}" in listing
    assert "Check: XXH64" in listing
    shell("zstd -t packed.zst", folder)


def test_the_checksum_of_a_manifest_is_checked_by_hand(world: tuple[Repository, Path]) -> None:
    """With grep and sha256sum, as the documentation says; and so is the chain."""
    repository, folder = world
    first, second = add(repository, b"1"), add(repository, b"2")
    place = folder / "repository/N/h/manifests/services"
    for snapshot in (first, second):
        fields = json.loads((place / f"{snapshot.id}.json").read_text())
        found = shell(f"grep -v '^ \"checksum\"' {snapshot.id}.json | sha256sum", place).decode().split()[0]
        assert found == fields["checksum"]
    assert shell(f"sha256sum {first.id}.json", place).decode().split()[0] == second.predecessor


@pytest.mark.parametrize("pack", ["zstd -12", "zstd -1 --long=27", "zstd --no-check", "pzstd -p 3", "split"])
def test_what_age_and_zstd_wrote_is_opened(world: tuple[Repository, Path], pack: str) -> None:
    """A snapshot that was mended by hand is as good as ours: other levels, one frame, many, with skippable ones."""
    require("age", "zstd")
    repository, folder = world
    snapshot = add(repository, LARGE)
    (folder / "plain").write_bytes(LARGE)
    if pack == "split":
        # Octal, since not every shell's printf knows \x.
        pack = "split -b 3000000 --filter 'zstd -3; printf \"\\120\\052\\115\\030\\003\\000\\000\\000abc\"'"
    elif pack.startswith("pzstd"):
        require("pzstd")
    recipients = " ".join(f"-r {text}" for text in repository.sealer.recipients)
    shell(f"{pack} < plain | age {recipients} -o mended", folder)
    mended = replaced(repository, snapshot, (folder / "mended").read_bytes())
    assert repository.content(mended) == LARGE


def test_an_armored_object_is_opened_too(world: tuple[Repository, Path]) -> None:
    """`age -a` is age as well."""
    require("age", "zstd")
    repository, folder = world
    snapshot = add(repository, b"GDBV 12\n")
    (folder / "plain").write_bytes(b"GDBV 12\n")
    shell(f"zstd -c plain | age -a -r {repository.sealer.recipients[0]} -o mended", folder)
    mended = replaced(repository, snapshot, (folder / "mended").read_bytes())
    assert repository.content(mended) == b"GDBV 12\n"


def test_an_identity_of_age_keygen_is_used_and_ours_is_an_identity_to_age(tmp_path: Path, clock: FakeClock) -> None:
    """With its comment lines; and `age-keygen -y` tells our recipient."""
    require("age")
    shell("umask 077; age-keygen -o theirs.key", tmp_path)
    recipient = shell("age-keygen -y theirs.key", tmp_path).decode().strip()
    storage = LocalStorage("disk", LocalSettings(kind="local", path=tmp_path / "repository"))
    sealer = AgeSealer(recipients=[recipient], identity_file=tmp_path / "theirs.key")
    repository = Repository(storage=storage, sealer=sealer, clock=clock, network="N", host="h")
    assert repository.content(add(repository, b"x")) == b"x"
    identity, ours = generate_identity()
    write_identity(tmp_path / "ours.key", identity)
    assert shell("age-keygen -y ours.key", tmp_path).decode().strip() == ours


def replaced(repository: Repository, snapshot: Snapshot, sealed: bytes) -> Snapshot:
    """The same snapshot over other sealed bytes, with a manifest that fits them."""
    fields = {name: getattr(snapshot, name) for name in Snapshot.__dataclass_fields__}
    fields |= {"stored_size": len(sealed), "stored_digest": sha256(sealed).hexdigest()}
    mended = Snapshot(**fields)
    manifest = Manifest(snapshot=mended, recipients=repository.sealer.recipients, extension="db")
    storage = repository.storage
    for key, content in (
        (snapshot.key, sealed),
        (f"N/h/manifests/services/{snapshot.id}.json", manifest.to_bytes()),
    ):
        storage.delete(key)
        storage.put(key, [content])
    assert repository.snapshots() == (mended,)
    return mended
