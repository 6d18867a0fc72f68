"""What earlier versions wrote is opened, every snapshot of it, by us and by the script that lies beside it."""

import os
import subprocess
from pathlib import Path

import pytest

from core.crypto.signing import MinisignVerifier, generate_signing_key
from core.domain.snapshot import RANKS
from core.formats.atheme import parse
from core.formats.atheme.facts import counts
from core.operations.extract import extract
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from tests.conftest import require
from tests.core.repository.samples import PUBLIC, SAMPLE, SAMPLE_1, Sample, copy_sample
from tests.core.repository.tree.forest import picture
from tests.fakes import FakeClock, RecordingProgress


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return copy_sample(SAMPLE, tmp_path)


def test_format_1_is_opened(tmp_path: Path) -> None:
    """Two fulls from before there were deltas and signatures; chained and sound."""
    repository = copy_sample(SAMPLE_1, tmp_path).repository
    first, second = repository.snapshots()
    assert not repository.problems
    assert [first.tail, second.tail] == ["hz5jam", "52dj4e"]
    assert [len(parse(repository.content(item)).rows) > 100 for item in (first, second)] == [True, True]


def test_the_databases_of_format_2_are_opened(sample: Sample) -> None:
    """Signed, chained over the hole of a pruning; each opens to a database with what its manifest counts."""
    found = sample.repository.snapshots("services")
    assert not sample.repository.problems
    assert [item.rank for item in found] == [*RANKS, "hour"]
    assert [item.sequence for item in found] == [1, 2, 3, 4, 5, 6, 8]
    opened = [sample.repository.content(item) for item in found]
    assert len(set(opened)) == len(found)
    assert [counts(parse(content)) for content in opened] == [dict(item.counts) for item in found]


def test_without_its_roll_the_hole_is_told(sample: Sample) -> None:
    (roll,) = (sample.place / "rolls/services/disk").iterdir()
    roll.unlink()
    sample.repository.snapshots("services")
    assert any("follows one that is gone" in text for text in sample.repository.problems)


def test_the_trees_of_format_2_are_opened(sample: Sample) -> None:
    full, increment = sample.repository.snapshots("config")
    for snapshot, files in (
        (full, {".", "conf.d", "conf.d/opers.conf", "inspircd.conf", "motd"}),
        (increment, {".", "inspircd.conf", "motd", "opers.conf"}),
    ):
        made = extract(
            snapshot, sample.repository, sample.folder / snapshot.tail,
            work=sample.folder, progress=RecordingProgress(),
        )  # fmt: skip
        assert set(picture(made.path)) == files
    assert (sample.folder / increment.tail / "config/motd").read_text() == "Welcome.\n"


def test_its_own_script_opens_every_one_as_we_do(sample: Sample) -> None:
    """The RESTORE.txt that was written with it, not the one of today."""
    require("age", "zstd", "minisign")
    for snapshot in sample.repository.snapshots():
        out, ours = sample.folder / f"out-{snapshot.tail}", sample.folder / f"ours-{snapshot.tail}"
        subprocess.run(
            ["/bin/bash", sample.place / "RESTORE.txt", snapshot.source, sample.folder / "KEY", out, snapshot.tail],
            env={"PATH": os.environ["PATH"], "PUBLIC": PUBLIC},
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        extract(snapshot, sample.repository, ours, work=sample.folder, progress=RecordingProgress())
        found, wanted = picture(out), picture(ours)
        for one in (found, wanted):
            del one["."]
            one.pop("services.db", None)
        assert found == wanted
        if snapshot.index is None:
            assert (out / "services.db").read_bytes() == (ours / "services.db").read_bytes()


def test_nothing_is_believed_of_it_where_another_key_is_trusted(sample: Sample) -> None:
    stranger = Repository(
        storage=LocalStorage("disk", LocalSettings(kind="local", path=sample.folder / "repository")),
        sealer=sample.repository.sealer,
        clock=FakeClock(),
        network="ExampleNet",
        host="irc1",
        verifier=MinisignVerifier([generate_signing_key()[1]]),
    )
    assert not stranger.snapshots()
    assert len(stranger.problems) == len(sample.repository.snapshots())
