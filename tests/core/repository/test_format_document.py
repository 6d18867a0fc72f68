"""docs/format.md is true, and what it describes stays readable."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.crypto.age import AgeSealer, write_identity
from core.formats.atheme import parse
from core.repository.manifest import read_manifest
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from tests.conftest import require
from tests.fakes import FakeClock

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "tests" / "vectors" / "repository"
DOCUMENT = (ROOT / "docs" / "format.md").read_text()
# Opens the sample and nothing else in the world.
IDENTITY = "AGE-SECRET-KEY-19RPDGFMCW4HEJTCJRAWKHHWU5WRJXG2ZJQLGAAZURNEXCJQ4DYQQ2Z69SW"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A copy of the sample, with its key beside it."""
    shutil.copytree(SAMPLE, tmp_path / "repository")
    write_identity(tmp_path / "KEY", IDENTITY)
    return tmp_path


def test_the_sample_of_this_format_is_readable(sample: Path, clock: FakeClock) -> None:
    """Chained, sound, and each opens to a database. It was written once and is never written anew."""
    repository = Repository(
        storage=LocalStorage("disk", LocalSettings(kind="local", path=sample / "repository")),
        sealer=AgeSealer(recipients=[], identity_file=sample / "KEY"),
        clock=clock,
        network="ExampleNet",
        host="irc1",
    )
    first, second = repository.snapshots()
    assert not repository.problems
    assert [first.tail, second.tail] == ["hz5jam", "52dj4e"]
    assert [len(parse(repository.content(item)).rows) > 100 for item in (first, second)] == [True, True]


def test_the_manifest_in_the_document_is_the_samples(sample: Path) -> None:
    """Byte for byte, and every field of it is explained."""
    (shown,) = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    path = sample / "repository/ExampleNet/irc1/manifests/services/20261123T140500Z-52dj4e.json"
    assert shown == path.read_text()
    read_manifest(shown.encode(), "the document's manifest")
    explained = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", DOCUMENT, re.MULTILINE))))
    assert set(re.findall(r'^ "(\w+)"', shown, re.MULTILINE)) <= explained


def test_the_lines_in_the_document_open_the_sample(sample: Path) -> None:
    """Run as they stand, in the host's folder."""
    require("age", "zstd")
    lines = re.findall(r"^    (age -d .*|sha256sum .*?)(?: {2,}#.*)?$", DOCUMENT, re.MULTILINE)
    assert len(lines) == 2
    folder = sample / "repository/ExampleNet/irc1"
    shutil.copy(sample / "KEY", folder / "KEY")
    script = "set -euo pipefail\n" + "\n".join(lines)
    done = subprocess.run(["/bin/bash", "-c", script], cwd=folder, capture_output=True, check=True, timeout=60)
    manifest = (folder / "manifests/services/20261123T140500Z-52dj4e.json").read_bytes()
    assert done.stdout.decode().split()[0] == read_manifest(manifest, "x").snapshot.digest
