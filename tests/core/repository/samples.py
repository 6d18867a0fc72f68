"""Repositories that were written once: a later version that cannot open them has broken the format."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from core.crypto.age import AgeSealer, write_identity
from core.crypto.signing import MinisignVerifier
from core.repository.repository import Repository
from core.storage.local import LocalSettings, LocalStorage
from tests.fakes import FakeClock

VECTORS = Path(__file__).parents[2] / "vectors"
SAMPLE_1, SAMPLE = VECTORS / "repository", VECTORS / "repository2"
# Opens the sample of format 1 and nothing else in the world.
IDENTITY_1 = "AGE-SECRET-KEY-19RPDGFMCW4HEJTCJRAWKHHWU5WRJXG2ZJQLGAAZURNEXCJQ4DYQQ2Z69SW"
IDENTITY = (SAMPLE / "identity").read_text().strip()
PUBLIC = (SAMPLE / "public").read_text().strip()
SAVE = "20261124T072000Z-kmtq6q"  # what five others lie beneath
TREE = "20261201T020000Z-zssnq2"  # an increment


@dataclass(frozen=True, slots=True)
class Sample:
    """A copy of one, with its key beside it."""

    folder: Path
    repository: Repository

    @property
    def place(self) -> Path:
        """The folder of the host."""
        return self.folder / "repository" / "ExampleNet" / "irc1"


def copy_sample(which: Path, folder: Path) -> Sample:
    """`which` of the two, in a folder where it can be spoiled."""
    shutil.copytree(which, folder / "repository")
    write_identity(folder / "KEY", IDENTITY if which == SAMPLE else IDENTITY_1)
    repository = Repository(
        storage=LocalStorage("disk", LocalSettings(kind="local", path=folder / "repository")),
        sealer=AgeSealer(recipients=[], identity_file=folder / "KEY"),
        clock=FakeClock(),
        network="ExampleNet",
        host="irc1",
        verifier=MinisignVerifier([PUBLIC]) if which == SAMPLE else None,
    )
    return Sample(folder, repository)
