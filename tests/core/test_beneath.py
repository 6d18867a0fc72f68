"""Nothing below a folder is ever reached through a link."""

from pathlib import Path

import pytest

from core.beneath import create_file, open_file, opened_folder, opened_root, reopen_file


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_bytes(b"secret")
    (tmp_path / "tree/sub").mkdir(parents=True)
    (tmp_path / "tree/sub/file").write_bytes(b"inside")
    (tmp_path / "tree/out").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/sub/link").symlink_to(tmp_path / "outside/secret")
    return tmp_path / "tree"


def test_a_file_inside_is_opened(place: Path) -> None:
    with opened_root(place) as root, open_file(root, "sub/file") as file:
        assert file.read() == b"inside"


@pytest.mark.parametrize("path", ["out/secret", "sub/link"])
def test_a_link_is_not_followed(place: Path, path: str) -> None:
    with opened_root(place) as root:
        for opener in (open_file, reopen_file, create_file):
            with pytest.raises(OSError, match=r"symbolic|Not a directory|exists"):
                opener(root, path)


def test_a_folder_is_not_made_through_a_link(place: Path) -> None:
    with opened_root(place) as root, pytest.raises(OSError, match="Not a directory"):  # noqa: SIM117 — one step each
        with opened_folder(root, "out/new", make=True):
            pass
    assert not (place.parent / "outside/new").exists()


def test_what_is_missing_is_made_for_us_alone(place: Path) -> None:
    with opened_root(place) as root, opened_folder(root, "a/b", make=True):
        pass
    assert (place / "a/b").stat().st_mode & 0o777 == 0o700


def test_nothing_stays_open(place: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with opened_root(place) as root:
        open_file(root, "sub/file").close()
        for path in ("gone/a", "out/a", "sub"):
            with pytest.raises(OSError, match=r"No such|Not a|Is a"):
                open_file(root, path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
