"""Single files are read out of a snapshot as they were when it was made, wherever their bytes lie."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from core.domain.errors import ObjectDamaged, SourceUnreadable
from core.domain.finding import Finding, Severity
from core.domain.tree import Entry
from core.operations.verify import Prover, VerifyReport
from core.repository.ledger import Ledger
from core.repository.tree_reading import TreeReading
from core.tree_ports import TreeMeaning, TreeReader
from tests.core.repository.test_tree_snapshots import Garden, garden
from tests.fakes import RecordingProgress

__all__ = ["garden"]


@dataclass(frozen=True)
class Words:
    """Counts the words in all files, and finds fault with a rotten one."""

    severity: Severity = Severity.WARNING

    def look(self, entries: Sequence[Entry], reader: TreeReader) -> TreeMeaning:
        texts = []
        for entry in entries:
            if entry.type == "file":
                with reader.open(entry.path) as file:
                    texts.append(file.read().decode())
        rotten = [text for text in texts if "rotten" in text]
        findings = [Finding(line=0, severity=self.severity, code="rotten", text="an apple is rotten")] * len(rotten)
        return TreeMeaning(counts={"words": sum(len(text.split()) for text in texts)}, findings=tuple(findings))


def test_each_file_is_read_as_it_was(garden: Garden) -> None:
    """Also one that grew: its start lies in the base, its end in the increment."""
    garden.write("log", "apple " * 100_000)
    garden.write("still", "pear")
    garden.add(minutes=1)
    garden.write("log", "apple " * 100_000 + "plum")
    snapshot = garden.add(minutes=2).snapshot
    reading = TreeReading(garden.repository, garden.work)
    listing = reading.listing(snapshot)
    assert snapshot.base
    with reading.files(snapshot, listing) as files:
        with files.open("log") as log, files.open("still") as still:  # side by side
            assert log.read(6) == b"apple "
            assert still.read() == b"pear"
            assert log.read().decode() == "apple " * 99_999 + "plum"
            assert files.look("log", log).size == 600_004
        with pytest.raises(SourceUnreadable, match="no file"):
            files.open("gone")


def test_bytes_that_are_not_those_that_were_saved_are_told_by_the_end(garden: Garden) -> None:
    garden.write("a", "apple")
    snapshot = garden.add().snapshot
    reading = TreeReading(garden.repository, garden.work)
    piece = snapshot.pieces[0]
    stored = garden.storage.open(piece.key).read()
    garden.storage.delete(piece.key)
    garden.storage.put(piece.key, [stored[:-1] + b"?"])
    with reading.files(snapshot, reading.listing(snapshot)) as files, pytest.raises(ObjectDamaged):
        files.open("a").read()


def proof(garden: Garden, text: str, severity: Severity) -> VerifyReport:
    garden.write("a", text)
    prover = Prover(
        repository=garden.repository,
        sources={},
        ledger=Ledger(garden.work / "ledger"),
        clock=garden.clock,
        work=garden.work,
        checks={"config": Words(severity)},
    )
    return prover.prove(garden.add().snapshot, 3, RecordingProgress())


@pytest.mark.parametrize(
    ("text", "severity", "level", "told"),
    [
        ("apple pear", Severity.WARNING, 3, "files, every byte of them; 20,002 words"),
        ("rotten", Severity.WARNING, 3, "1 warning, the worst: an apple is rotten"),
        ("rotten", Severity.LOSES_DATA, 2, "1 warning, the worst: an apple is rotten"),
    ],
)
def test_a_proof_says_what_the_files_mean(
    garden: Garden, text: str, severity: Severity, *, level: int, told: str
) -> None:
    """What would not work when it comes back is no damage, and is not proven to the last level."""
    report = proof(garden, text, severity)
    assert (report.level, report.verdict) == (level, "proven")
    assert told in report.detail
