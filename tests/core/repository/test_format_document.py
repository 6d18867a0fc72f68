"""docs/format.md is true: what it shows is the sample's, what it tells to type is run, and nothing is left out."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from core.domain.snapshot import RANKS
from core.repository import layout
from core.repository.manifest import FORMAT, read_manifest
from tests.conftest import require
from tests.core.repository.samples import PUBLIC, SAMPLE, SAVE, TREE, Sample, copy_sample

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "format.md").read_text()
EXPLAINED = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", DOCUMENT, re.MULTILINE))))


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return copy_sample(SAMPLE, tmp_path)


def block(heading: str) -> list[str]:
    """The lines to type of a section, without what is said beside them."""
    section = re.split(r"\n##+ ", DOCUMENT[DOCUMENT.index(f"# {heading}\n") :])[0]
    return [re.sub(r"\s+# .*", "", line[4:]) for line in section.splitlines() if line.startswith("    ")]


def typed(lines: list[str], sample: Sample) -> list[str]:
    """What the lines print, typed in the host's folder with the key beside."""
    require("age", "zstd", "minisign")
    (sample.place / "KEY").write_bytes((sample.folder / "KEY").read_bytes())
    done = subprocess.run(
        ["/bin/bash", "-c", "set -euo pipefail\n" + "\n".join(lines)],
        cwd=sample.place,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


def test_the_manifests_in_the_document_are_the_samples(sample: Sample) -> None:
    """Byte for byte, and every field of them is explained."""
    shown, index = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    assert shown == (sample.place / f"manifests/services/{SAVE}.json").read_text()
    assert index in (sample.place / f"manifests/config/{TREE}.json").read_text()
    assert read_manifest(shown.encode(), "the document's manifest").snapshot.rank == "save"
    assert set(re.findall(r'^ +"(\w+)":', shown + index, re.MULTILINE)) - {"accounts", "channels"} <= EXPLAINED | set(
        read_manifest(shown.encode(), "x").snapshot.counts
    )
    assert f"# What a snapshot is on disk (format {FORMAT})" in DOCUMENT


def test_the_fields_of_a_roll_and_of_an_index_are_explained(sample: Sample) -> None:
    (roll,) = (sample.place / "rolls/services/disk").iterdir()
    assert set(re.findall(r'^ "(\w+)":', roll.read_text(), re.MULTILINE)) <= EXPLAINED
    lines = typed([*block("The index")[:1], "cat index.json"], sample)
    assert set(re.findall(r'"(\w+)":', "\n".join(lines))) <= EXPLAINED


def test_the_lines_that_open_a_snapshot_open_the_sample(sample: Sample) -> None:
    """A full, and five deltas above it: each digest is that of its manifest."""
    printed = typed(block("Opening a snapshot without us"), sample)
    found = sample.repository.snapshots("services")
    assert [line.split()[0] for line in printed] == [found[0].digest, found[5].digest]
    assert len(sample.repository.chain(found[5])) == len(RANKS) == 6


def test_the_lines_that_prove_a_snapshot_prove_the_sample(sample: Sample) -> None:
    """The signature, and each digest under the name of the field that it stands for."""
    lines = block("Is it what was written, and by whom?")
    assert f"PUBLIC={PUBLIC}" in lines
    printed = typed(lines, sample)
    found = sample.repository.find(SAVE)
    text = (sample.place / f"manifests/services/{SAVE}.json").read_text()
    assert printed[:2] == [
        "Signature and comment signature verified",
        f"Trusted comment: snapshot {SAVE} of services, number {found.sequence}",
    ]
    assert [line.split()[0] for line in printed[2:]] == [
        *re.findall(r'^ "checksum": "(\w+)"', text, re.MULTILINE),
        found.stored_digest,
        found.predecessor,
    ]


@pytest.mark.parametrize("spoiled", ["reason", "signature"])
def test_and_refuse_one_that_was_changed(spoiled: str, sample: Sample) -> None:
    place = sample.place / f"manifests/services/{SAVE}.json"
    text = place.read_text()
    place.write_text(re.sub(rf'( "{spoiled}": ".*?)a', r"\1b", text, count=1))
    assert place.read_text() != text
    with pytest.raises(subprocess.CalledProcessError) as failed:
        typed(block("Is it what was written, and by whom?"), sample)
    assert "minisign" in failed.value.stderr or "ignature" in failed.value.stderr


def test_the_lines_that_look_into_a_tree_do(sample: Sample) -> None:
    digest, motd = typed(block("The index"), sample)
    assert digest.split()[0] == sample.repository.find(TREE).digest
    assert '"path":"motd"' in motd


def test_every_folder_of_the_layout_is_told(sample: Sample) -> None:
    told = "\n".join(block("Layout"))
    for path in sample.place.iterdir():
        assert f"NETWORK/HOST/{path.name}" in told or path.name in layout.TREES
    assert all(f"`{name}`" in DOCUMENT for name in layout.TREES)
    assert all(f"| `{rank}` |" in DOCUMENT for rank in RANKS)
