"""What the real tar wrote is counted and found whole; what is cut anywhere is not."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import SourceDamaged
from core.operations.tar_look import look_through
from tests.core.operations.old_backups import typed


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long names, links, holes, a pipe."""
    folder = tmp_path_factory.mktemp("tree")
    (folder / "a").write_text("first\n")
    (folder / "empty").touch()
    (folder / ("n" * 150)).write_bytes(bytes(range(256)) * 10)
    (folder / "link").symlink_to("a" * 120)
    os.link(folder / "a", folder / "z")
    with (folder / "holes").open("wb") as file:
        for place in range(40):
            file.seek(place * 100_000)
            file.write(b"x")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize(
    "options", [[], ["--format=posix"], ["--format=ustar", "--exclude=n*", "--exclude=link"], ["-S"]]
)
def test_what_tar_wrote_is_whole(tree: Path, options: list[str]) -> None:
    look = look_through(io.BytesIO(typed("tar", *options, "-cf", "-", "-C", tree, ".")))
    assert (look.files, look.links) == ((3, 1) if "--exclude=link" in options else (4, 2))


@given(data=st.data())
def test_what_is_cut_or_changed_in_a_header_is_damaged(tree: Path, data: st.DataObject) -> None:
    content = typed("tar", "-cf", "-", "-C", tree, "a", "empty", "link")
    end = len(content.rstrip(b"\0")) // 512 * 512 + 512
    with pytest.raises(SourceDamaged):
        look_through(io.BytesIO(content[: data.draw(st.integers(0, end))]))
    place = data.draw(st.integers(0, 511))
    with pytest.raises(SourceDamaged):
        look_through(io.BytesIO(content[:place] + bytes([content[place] ^ 0x11]) + content[place + 1 :]))
