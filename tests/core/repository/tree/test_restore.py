"""A restore proves every byte before anything is in its place, and never leaves its target."""

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.errors import IdentityMissing, ObjectDamaged, ObjectExists, ObjectNotFound, SnapshotNotFound
from core.repository.tree.proving import prove_tree
from core.repository.tree.unpacking import restore_tree
from tests.conftest import require
from tests.core.repository.tree.forest import Chain, picture
from tests.fakes import RecordingProgress

MEANINGLESS = 8  # bits of a small frame that zstd does not look at: three or four, as its content has it


def flip(packed: bytes, place: int) -> bytes:
    return packed[:place] + bytes([packed[place] ^ 1]) + packed[place + 1 :]


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".restoring")]


@pytest.mark.parametrize("spoil", [lambda packed: flip(packed, len(packed) // 2), lambda packed: packed[:-9]])
def test_a_damaged_piece_puts_nothing_in_place(chain: Chain, tmp_path: Path, spoil: object) -> None:
    chain.packed["s0"] = spoil(chain.packed["s0"])  # type: ignore[operator]  # one of the two above
    with pytest.raises(ObjectDamaged, match="cannot be brought back"):
        chain.restore(tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
    assert not left_over(tmp_path)


def test_what_is_whole_comes_back_of_a_chain_with_a_missing_piece(tree: Path, chain: Chain, tmp_path: Path) -> None:
    """Asked for, and told: an account of what is there and what is not."""
    os.link(tree / "log/error.log", tree / "log/same.log")
    with (tree / "log/access.log").open("ab") as file:
        file.write(b"more")
    (tree / "new.conf").write_bytes(b"new")
    chain.add()

    def open_piece(piece: str) -> io.BytesIO:
        if piece == "s0":
            raise ObjectNotFound("there is no s0")
        return io.BytesIO(chain.packed[piece])

    restored = tmp_path / "restored"
    report = restore_tree(chain.listings[-1], open_piece, restored, progress=RecordingProgress(), partial=True)
    assert [line.partition(":")[0] for line in report.failed] == [
        "log/access.log",
        "log/error.log",
        "log/same.log",
        "small.conf",
    ]
    assert {path.name for path in restored.rglob("*")} == {"log", "link", "new.conf"}


def test_what_cannot_be_opened_is_not_called_damaged(chain: Chain, tmp_path: Path) -> None:
    def open_piece(_: str) -> io.BytesIO:
        raise IdentityMissing("this host only seals")

    with pytest.raises(IdentityMissing):
        restore_tree(chain.listings[-1], open_piece, tmp_path / "restored", progress=RecordingProgress(), partial=True)
    assert not left_over(tmp_path)


def test_a_piece_of_another_snapshot_is_noticed(tree: Path, chain: Chain, tmp_path: Path) -> None:
    """Two objects of equal shape are swapped: the digests of the bytes tell."""
    (tree / "small.conf").write_bytes(b"x = 2\n")
    chain.add()
    (tree / "small.conf").write_bytes(b"x = 3\n")
    chain.add()
    chain.packed["s2"] = chain.packed["s1"]
    with pytest.raises(ObjectDamaged, match=r"small\.conf"):
        chain.restore(tmp_path / "restored")


def test_a_target_that_is_not_empty_is_left_alone(chain: Chain, tmp_path: Path) -> None:
    target = tmp_path / "restored"
    target.mkdir()
    (target / "mine").write_bytes(b"mine")
    with pytest.raises(ObjectExists, match="not empty"):
        chain.restore(target)
    assert [path.name for path in target.iterdir()] == ["mine"]


def test_a_target_that_is_a_link_is_left_alone(chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "restored").symlink_to(tmp_path / "elsewhere")
    for into in (False, True):
        with pytest.raises(ObjectExists):
            chain.restore(tmp_path / "restored", into=into)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_chosen_paths_come_back_with_the_folders_on_the_way(chain: Chain, tree: Path, tmp_path: Path) -> None:
    report = chain.restore(tmp_path / "restored", paths=["log/error.log"])
    assert sorted(report.created) == [".", "log", "log/error.log"]
    assert (tmp_path / "restored/log/error.log").read_bytes() == (tree / "log/error.log").read_bytes()


def test_a_chosen_second_name_is_the_file_itself(tree: Path, tmp_path: Path) -> None:
    os.link(tree / "small.conf", tree / "x1.conf")
    os.link(tree / "small.conf", tree / "x2.conf")
    chain = Chain(tree)
    chain.add()
    chain.restore(tmp_path / "restored", paths=["x1.conf", "x2.conf"])
    assert (tmp_path / "restored/x1.conf").read_bytes() == b"x = 1\n"
    assert (tmp_path / "restored/x1.conf").samefile(tmp_path / "restored/x2.conf")


def test_a_path_that_is_not_there_is_not_guessed(chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(SnapshotNotFound, match=r"no small\.con"):
        chain.restore(tmp_path / "restored", paths=["small.con"])


def test_into_a_living_folder_only_what_is_missing_is_put(tree: Path, chain: Chain) -> None:
    (tree / "small.conf").write_bytes(b"newer\n")
    (tree / "log/error.log").unlink()
    report = chain.restore(tree, into=True)
    assert report.created == ("log/error.log",)
    assert set(report.skipped) == {"link", "log/access.log", "small.conf"}
    assert (tree / "small.conf").read_bytes() == b"newer\n"
    assert not left_over(tree.parent)


def test_into_a_living_folder_what_is_there_is_replaced_when_asked(tree: Path, chain: Chain) -> None:
    (tree / "small.conf").write_bytes(b"newer\n")
    report = chain.restore(tree, into=True, replace=True, paths=["small.conf"])
    assert report.created == ("small.conf",)
    assert (tree / "small.conf").read_bytes() == b"x = 1\n"


def test_a_folder_that_became_a_link_is_not_followed(tree: Path, chain: Chain, tmp_path: Path) -> None:
    """The living folder belongs to somebody who wants us to write elsewhere: what is there stays, and stays a link."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tree / "log").rename(tmp_path / "away")
    (tree / "log").symlink_to(elsewhere)
    report = chain.restore(tree, into=True)
    assert set(report.skipped) >= {"log", "log/access.log", "log/error.log"}
    assert not list(elsewhere.iterdir())


def test_a_stream_that_cannot_seek_does_as_well(tree: Path, chain: Chain, tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise OSError

    restored = tmp_path / "restored"
    restore_tree(chain.listings[-1], lambda piece: Pipe(chain.packed[piece]), restored, progress=RecordingProgress())
    assert picture(restored) == picture(tree)


def test_one_file_of_many_opens_its_frames_alone(tree: Path, tmp_path: Path) -> None:
    for number in range(8):
        (tree / f"{number}.bin").write_bytes(os.urandom(4 << 20))
    chain = Chain(tree)
    chain.add()
    given = []

    class Counting(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(size)
            given.append(len(piece))
            return piece

    restore_tree(
        chain.listings[-1],
        lambda piece: Counting(chain.packed[piece]),
        tmp_path / "restored",
        progress=RecordingProgress(),
        paths=["5.bin"],
    )
    assert sum(given) < 9 << 20


def test_holes_stay_holes(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    with (root / "sparse").open("wb") as file:
        file.truncate(50 << 20)
        file.seek(25 << 20)
        file.write(b"middle")
    chain = Chain(root)
    chain.add()
    chain.restore(tmp_path / "restored")
    assert (tmp_path / "restored/sparse").stat().st_blocks * 512 < 1 << 20
    assert (tmp_path / "restored/sparse").read_bytes() == (root / "sparse").read_bytes()


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that everybody may write to, outside of the private ones of the tests."""
    folder = Path(tempfile.mkdtemp(prefix="restore-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def test_who_may_not_give_files_away_is_told(chain: Chain, tree: Path, open_to_all: Path) -> None:
    """Without root the bytes come back, what was not set stands in the report, and no file runs as somebody else."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    os.chown(tree / "small.conf", 4711, 4711)
    (tree / "small.conf").chmod(0o4755)
    chain.add()
    os.seteuid(65534)
    try:
        report = chain.restore(open_to_all / "restored")
    finally:
        os.seteuid(0)
    assert [remark for remark in report.remarks if remark.startswith("the owner of 6 entries")]
    assert (open_to_all / "restored/small.conf").stat().st_mode & 0o7777 == 0o755
    assert (open_to_all / "restored/small.conf").read_bytes() == b"x = 1\n"


def test_extended_attributes_come_back(tree: Path, tmp_path: Path) -> None:
    try:
        os.setxattr(tree / "small.conf", "user.note", b"\x00kept")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    chain = Chain(tree)
    chain.add()
    chain.restore(tmp_path / "restored")
    assert os.getxattr(tmp_path / "restored/small.conf", "user.note") == b"\x00kept"


def test_what_we_pack_is_a_tar_to_tar(chain: Chain) -> None:
    require("zstd")
    line = "zstd -d | tar -tf -"
    listed = subprocess.run(["/bin/bash", "-c", line], input=chain.packed["s0"], capture_output=True, check=True)
    assert listed.stdout.decode().split() == [
        "./", "link", "log/", "log/access.log", "log/error.log", "small.conf",
    ]  # fmt: skip
    assert not listed.stderr


def test_every_byte_of_a_piece_that_flips_is_noticed_by_proving(tree: Path, chain: Chain) -> None:
    """Wherever it is, the files that it belongs to are named, and the others are not.

    But for a few bits of zstd's headers that mean nothing to it: the bytes are the saved ones all the same.
    """
    (tree / "small.conf").write_bytes(b"x = 2\n")
    chain.add()
    whole = dict(chain.packed)

    def prove(piece: str | None = None) -> dict[str, str]:
        return prove_tree(chain.listings[-1], lambda name: io.BytesIO(chain.packed[name]), piece=piece)

    assert prove() == {}
    unnoticed = 0
    for place in range(len(whole["s1"])):
        chain.packed["s1"] = flip(whole["s1"], place)
        found = prove("s1")
        unnoticed += not found
        assert set(found) <= {"small.conf"}
    assert unnoticed <= MEANINGLESS
    assert not prove("s0")
    chain.packed = {**whole, "s0": whole["s0"][:100]}
    assert set(prove()) == {"log/access.log", "log/error.log"}
