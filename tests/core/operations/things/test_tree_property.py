"""Whatever two trees are: a restore makes one of the other, and undo makes it what it was."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.operations.things.tree_plan import shown
from tests.core.operations.things.grove import Grove, looks, make_grove
from tests.fakes import FakeClock

NAMES = st.sampled_from(["a", "b", "c", "\udcff", "é"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
FILES = st.tuples(st.just("file"), st.binary(max_size=6), st.sampled_from([0o600, 0o644, 0o755, 0o400]))
LINKS = st.tuples(st.just("link"), st.sampled_from([b"a", b"../..", b"/etc"]), st.just(0))
NAMED = st.tuples(st.just("name"), st.just(b""), st.just(0))  # another name of the file before it
FOLDERS = st.tuples(st.just("folder"), st.just(b""), st.sampled_from([0o700, 0o755, 0o500]))
TREES = st.dictionaries(PATHS, st.one_of(FILES, LINKS, NAMED, FOLDERS), max_size=8)


def grow(root: Path, tree: dict[str, tuple[str, bytes, int]]) -> None:
    """Make it; what has no room is left out."""
    for child in root.iterdir():
        shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
    last: Path | None = None
    modes: list[tuple[Path, int]] = []
    for path, (kind, content, mode) in tree.items():
        place = root / path
        above = [one for one in place.parents if one != root and root in one.parents]
        if place.is_symlink() or place.exists() or any(one.is_symlink() or one.is_file() for one in above):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if kind == "folder":
            place.mkdir()
            modes.append((place, mode))
        elif kind == "link":
            place.symlink_to(content.decode())
        elif kind == "name" and last is not None:
            place.hardlink_to(last)
        else:
            place.write_bytes(content)
            place.chmod(mode or 0o644)
            last = place
    for place, mode in modes:
        place.chmod(mode)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=TREES, now=TREES, exact=st.booleans(), chosen=st.sampled_from(["", "a", "b", "a/b"]))
def test_restore_and_undo(
    before: dict[str, tuple[str, bytes, int]],
    now: dict[str, tuple[str, bytes, int]],
    exact: bool,  # noqa: FBT001 — hypothesis passes parameters by name
    chosen: str,
) -> None:
    """What was chosen is as in the snapshot, byte for byte, with modes and links; then all is as before, as well."""
    folder = Path(tempfile.mkdtemp())
    try:
        grove = make_grove(folder, FakeClock())
        grow(grove.root, before)
        grove.save()
        saved = looks(grove.root)
        grow(grove.root, now)
        paths = (chosen,) if chosen in saved else ()
        _restore_and_undo(grove, saved, paths, exact=exact)
    finally:
        shutil.rmtree(folder)


def _restore_and_undo(
    grove: Grove, saved: dict[str, tuple[object, ...]], paths: tuple[str, ...], *, exact: bool
) -> None:
    living = looks(grove.root)
    plan = grove.plan(*paths, exact=exact)
    if plan.blocked:
        assert "everything is as in" in plan.blocked or plan.plan.left_out
        return
    report = grove.carry_out(plan)
    found = looks(grove.root)
    taken = {path for path in {*saved, *living} if not paths or path == paths[0] or path.startswith(f"{paths[0]}/")}
    left = [line.split(":")[0] for line in plan.plan.left_out]
    for path in taken:
        name = shown(path)  # as the lines of a plan call it
        if path in saved and not any(name == one or name.startswith(f"{one}/") for one in left):
            assert found[path][:3] == saved[path][:3], path
        elif exact and path not in saved:
            assert path not in found or left, path
    for path in set(living) - taken:
        assert found.get(path, ())[:3] == living[path][:3] or path in saved, path
    if exact and not paths and not left:
        assert found == saved
    grove.undo(report.id)
    assert looks(grove.root) == living
