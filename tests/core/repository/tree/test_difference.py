"""What an increment holds, what it costs, and what is not even read."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.errors import SourceUnreadable
from core.domain.tree import Entry
from core.repository.tree.difference import compare
from tests.core.repository.tree.forest import Chain, picture


def entry(chain: Chain, path: str) -> Entry:
    return next(entry for entry in chain.listings[-1].entries if entry.path == path)


def pieces(chain: Chain, path: str) -> list[tuple[str, int]]:
    return [(extent.piece, extent.size) for extent in entry(chain, path).extents]


class Unreadable:
    """A reader that must not be asked."""

    def open(self, path: str) -> object:
        raise AssertionError(path)


def test_a_tree_that_nobody_touched_is_recognised_without_reading_a_byte(chain: Chain) -> None:
    scan = chain.scan()
    object.__setattr__(scan, "reader", Unreadable())
    assert compare(scan, chain.listings[-1]).is_nothing


def test_what_was_touched_right_before_the_last_look_is_read_again(tree: Path) -> None:
    """Its time may not tell of a second change."""
    chain = Chain(tree, later=timedelta())
    chain.add()
    change = chain.compare()
    assert change.is_nothing
    assert change.reread == sum(path.stat().st_size for path in tree.rglob("*.*") if not path.is_symlink())


def test_a_change_that_hides_behind_the_old_time_and_size_is_seen(tree: Path, chain: Chain) -> None:
    """As by a program that sets the time back: the inode's own time moves."""
    file = tree / "small.conf"
    status = file.stat()
    file.write_bytes(b"x = 2\n")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    change = chain.compare()
    assert not change.is_nothing
    chain.add(change)
    assert pieces(chain, "small.conf") == [("s1", 6)]


def test_a_log_that_grew_costs_its_tail(tree: Path, chain: Chain) -> None:
    size = (tree / "log/access.log").stat().st_size
    with (tree / "log/access.log").open("ab") as file:
        file.write(b"one more line\n")
    chain.add()
    assert pieces(chain, "log/access.log") == [("s0", size), ("s1", 14)]
    assert len(chain.packed["s1"]) < 1000


def test_a_log_that_grew_three_times_lies_in_four_pieces(tree: Path, chain: Chain, tmp_path: Path) -> None:
    for _ in range(3):
        with (tree / "log/access.log").open("ab") as file:
            file.write(b"one more line\n")
        chain.add()
    assert [piece for piece, _ in pieces(chain, "log/access.log")] == ["s0", "s1", "s2", "s3"]
    chain.restore(tmp_path / "restored")
    assert picture(tmp_path / "restored") == picture(tree)


def test_a_file_whose_middle_changed_while_it_grew_is_stored_whole(tree: Path, chain: Chain) -> None:
    with (tree / "log/access.log").open("r+b") as file:
        file.seek(100_000)
        file.write(b"CHANGED")
        file.seek(0, os.SEEK_END)
        file.write(b"more")
    chain.add()
    assert [piece for piece, _ in pieces(chain, "log/access.log")] == ["s1"]


def rotate(folder: Path) -> None:
    (folder / "access.log").rename(folder / "access.log.1")
    (folder / "access.log").write_bytes(b"a new log\n")


def copy_and_cut(folder: Path) -> None:
    """As logrotate does with copytruncate."""
    (folder / "access.log.1").write_bytes((folder / "access.log").read_bytes())
    os.truncate(folder / "access.log", 0)


def rotate_twice(folder: Path) -> None:
    rotate(folder)
    (folder / "access.log.1").rename(folder / "access.log.2")
    rotate(folder)


@pytest.mark.parametrize("turn", [rotate, copy_and_cut, rotate_twice])
def test_a_rotation_costs_less_than_four_kilobytes(tree: Path, chain: Chain, turn: object, tmp_path: Path) -> None:
    turn(tree / "log")  # type: ignore[operator]  # one of the three above
    chain.add()
    assert len(chain.packed["s1"]) < 4096
    chain.restore(tmp_path / "restored")
    assert picture(tmp_path / "restored") == picture(tree)


def test_an_inode_that_another_file_has_now_is_not_taken_for_the_old_one(tree: Path, chain: Chain) -> None:
    """Same inode, same size, another content: a new file in the place of a deleted one."""
    old = tree / "log/access.log"
    size = old.stat().st_size
    old.write_bytes(os.urandom(size))
    old.rename(tree / "another")
    chain.add()
    assert pieces(chain, "another") == [("s1", size)]


def test_new_modes_and_times_cost_no_bytes(tree: Path, chain: Chain) -> None:
    (tree / "log/access.log").chmod(0o600)
    os.utime(tree / "log/error.log", (1, 1))
    change = chain.compare()
    assert not change.is_nothing
    chain.add(change)
    assert {extent.piece for entry in chain.listings[-1].entries for extent in entry.extents} == {"s0"}
    assert len(chain.packed["s1"]) < 1000


def test_names_of_one_file_that_part_do_not_change_together(tree: Path, tmp_path: Path) -> None:
    """A copy takes the place of a second name, then one of them grows."""
    os.link(tree / "log/access.log", tree / "log/same.log")
    chain = Chain(tree)
    chain.add()
    content = (tree / "log/same.log").read_bytes()
    (tree / "log/same.log").unlink()
    (tree / "log/same.log").write_bytes(content)
    chain.add()
    with (tree / "log/access.log").open("ab") as file:
        file.write(b"more")
    chain.add()
    chain.restore(tmp_path / "restored")
    assert picture(tmp_path / "restored") == picture(tree)
    assert (tmp_path / "restored/log/same.log").read_bytes() == content


def test_five_thousand_small_files(tmp_path: Path) -> None:
    """All of them come back; the next look reads none; one more costs what one costs."""
    root = tmp_path / "tree"
    for folder in range(50):
        (root / f"d{folder}").mkdir(parents=True)
        for number in range(100):
            (root / f"d{folder}/{number}.txt").write_bytes(b"%d %d\n" % (folder, number))
    chain = Chain(root)
    assert sum(entry.type == "file" for entry in chain.add().entries) == 5000
    assert chain.compare().is_nothing
    (root / "d7/new.txt").write_bytes(b"new\n")
    chain.add()
    assert len(chain.packed["s1"]) < 1000
    chain.restore(tmp_path / "restored")
    assert picture(tmp_path / "restored") == picture(root)


# --- files that live while they are read -----------------------------------------------------


class Meanwhile:
    """A reader beside which something happens: after the file is opened, or before."""

    def __init__(self, chain: Chain, path: str, *, before: object = None, after: object = None, times: int = 1) -> None:
        self._scan = chain.scan()
        self._reader = self._scan.reader
        self._path, self._before, self._after = path, before, after
        self._left = times
        object.__setattr__(self._scan, "reader", self)
        self.change = compare(self._scan, chain.listings[-1] if chain.listings else None)
        self.armed = True

    armed = False

    def open(self, path: str) -> object:
        due = self.armed and path == self._path and self._left > 0
        if due:
            self._left -= 1
        if due and self._before is not None:
            self._before()  # type: ignore[operator]  # a function of no arguments
        file = self._reader.open(path)
        if due and self._after is not None:
            self.look(path, file)
            self._pending = self._after
        return file

    _pending: object = None

    def look(self, path: str, file: object) -> Entry:
        entry = self._reader.look(path, file)  # type: ignore[arg-type]  # what open() gave
        if self._pending is not None and path == self._path and self.armed:
            pending, self._pending = self._pending, None
            pending()  # type: ignore[operator]  # same
        return entry


def test_a_file_that_vanishes_is_told_and_the_others_come_back(tree: Path, chain: Chain, tmp_path: Path) -> None:
    (tree / "small.conf").write_bytes(b"x = 22\n")
    (tree / "log/new.log").write_bytes(b"new")
    meanwhile = Meanwhile(chain, "small.conf", before=(tree / "small.conf").unlink)
    chain.add(meanwhile.change)
    assert [finding.code for finding in chain.tars[-1].findings] == ["file-unreadable"]
    assert "small.conf" in chain.tars[-1].findings[0].text
    chain.restore(tmp_path / "restored")
    assert not (tmp_path / "restored/small.conf").exists()
    assert (tmp_path / "restored/log/new.log").read_bytes() == b"new"


def test_a_file_that_grows_while_it_is_read_is_taken_as_it_was_when_it_was_opened(tree: Path, tmp_path: Path) -> None:
    chain = Chain(tree)
    log = tree / "log/access.log"
    content = log.read_bytes()

    def grow() -> None:
        with log.open("ab") as file:
            file.write(b"x" * 300_000)

    meanwhile = Meanwhile(chain, "log/access.log", after=grow)
    chain.add(meanwhile.change)
    assert not chain.tars[-1].findings
    chain.restore(tmp_path / "restored")
    assert (tmp_path / "restored/log/access.log").read_bytes() == content
    assert not chain.compare().is_nothing


@pytest.mark.parametrize("mode", ["wb", "ab"], ids=["stored whole", "grown"])
def test_a_file_that_is_cut_while_it_is_read_is_read_again(tree: Path, chain: Chain, mode: str, tmp_path: Path) -> None:
    log = tree / "log/access.log"
    with log.open(mode) as file:
        file.write(b"y" * 3_000_000)
    meanwhile = Meanwhile(chain, "log/access.log", after=lambda: os.truncate(log, 7))
    chain.add(meanwhile.change)
    chain.restore(tmp_path / "restored")
    assert (tmp_path / "restored/log/access.log").read_bytes() == log.read_bytes()
    assert log.stat().st_size == 7
    assert not chain.tars[-1].findings


def test_a_file_that_is_never_quiet_is_taken_and_told(tree: Path, chain: Chain, tmp_path: Path) -> None:
    file = tree / "small.conf"
    file.write_bytes(b"x = 3\n")
    times = iter(range(10))
    meanwhile = Meanwhile(chain, "small.conf", times=10, after=lambda: os.utime(file, ns=(0, next(times))))
    chain.add(meanwhile.change)
    assert [finding.code for finding in chain.tars[-1].findings] == ["file-restless"]
    assert not chain.restore(tmp_path / "restored").failed


def test_a_file_that_becomes_a_link_is_not_followed(tree: Path, chain: Chain, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    file = tree / "small.conf"
    file.write_bytes(b"changed")

    def swap() -> None:
        file.unlink()
        file.symlink_to(secret)

    chain.add(Meanwhile(chain, "small.conf", before=swap).change)
    assert [finding.code for finding in chain.tars[-1].findings] == ["file-unreadable"]
    assert "small.conf" not in {entry.path for entry in chain.listings[-1].entries}


def test_a_reader_says_what_it_cannot_read(chain: Chain) -> None:
    os.mkfifo(chain.root / "pipe")
    for path, why in (("log", "is a directory"), ("pipe", "no regular file"), ("gone", "no such file")):
        with pytest.raises(SourceUnreadable, match=why):
            chain.scan().reader.open(path)
