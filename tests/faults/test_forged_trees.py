"""A tree that somebody forged is refused by every verb that brings something back, and nothing of it is written."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.crypto.signing import MinisignSigner, generate_signing_key, write_signing_key
from tests.conftest import require
from tests.faults.forging import Forger, zeros
from tests.faults.premises import Premises
from tests.faults.striking import Run, Striker

pytestmark = pytest.mark.fault

VERBS = {
    "files": ("restore", "files", ".", "--of", "config", "--exact", "--yes"),
    "config": ("restore", "config", "--yes"),
    "recover": ("recover", "--only", "config", "--yes"),
    "extract": ("extract", "latest", "--source", "config", "--to", "TARGET"),
}
EVIL: dict[str, list[dict[str, object]]] = {
    "a path that climbs": [{"path": "../../etc/x", "type": "file"}],
    "an absolute path": [{"path": "/etc/x", "type": "file"}],
    "a path that climbs within": [{"path": "a", "type": "dir"}, {"path": "a/../../x", "type": "file"}],
    "a file below a link": [{"path": "zz", "type": "symlink", "target": ".."}, {"path": "zz/x", "type": "file"}],
    "a second name of what lies outside": [{"path": "zz", "type": "hardlink", "target": "../bot.toml"}],
    "a second name of what a link means": [
        {"path": "zy", "type": "symlink", "target": "../bot.toml"},
        {"path": "zz", "type": "hardlink", "target": "zy"},
    ],
    "a device": [{"path": "zz", "type": "device", "device": 0x103}],
    "a pipe": [{"path": "zz", "type": "fifo"}],
    "bytes that are nowhere": [
        {"path": "zz", "type": "file", "size": 10 << 30, "extents": [["nowhere", 0, 10 << 30, ""]]}
    ],
    "a hole that is no hole": [{"path": "zz", "type": "file", "size": 10 << 30, "sparse": True}],
    "less than nothing": [{"path": "zz", "type": "file", "size": -1, "extents": [["nowhere", 5, -1, ""]]}],
}
MEGABYTES = 10 << 10  # of a bomb
MEMORY = 700 << 20  # bytes of address space, libraries and threads included


@pytest.fixture(scope="module")
def striker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Striker]:
    with Striker(tmp_path_factory.mktemp("striker")) as striker:
        yield striker


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Premises:
    premises = Premises(tmp_path_factory.mktemp("forged") / "w", copy=False)
    premises.back_up(1)
    (premises.tree / "1.conf").write_text("changed\n")
    (premises.folder.parent / "back").mkdir()
    premises.keep()
    return premises


@pytest.fixture
def premises(kept: Premises) -> Premises:
    kept.again()
    return kept


def around(premises: Premises) -> dict[str, bytes]:
    """All that lies near, without what we write about ourselves."""
    near = premises.folder.parent
    return {
        str(path.relative_to(near)): path.read_bytes() if path.is_file() else b""
        for path in near.rglob("*")
        if "state" not in path.parts
    }


def must_refuse(premises: Premises, striker: Striker, verb: str, *said: str) -> None:
    before = around(premises)
    words = [str(premises.folder.parent / "back") if word == "TARGET" else word for word in VERBS[verb]]
    done: Run = striker.run(premises.words(*words))
    assert done.code not in {0, 2}, done
    assert any(text in done.said for text in said), done
    assert "Traceback" not in done.said
    assert around(premises) == before


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["a stranger", "nobody"])
def test_who_holds_no_signing_key_forges_nothing(
    premises: Premises, striker: Striker, tmp_path: Path, verb: str, who: str
) -> None:
    """Recipients are public, and so anybody can seal: the signature is what counts."""
    write_signing_key(tmp_path / "stranger.key", generate_signing_key()[0])
    forger = Forger(premises, signer=MinisignSigner(tmp_path / "stranger.key") if who == "a stranger" else None)
    forger.write_index(forger.index())
    must_refuse(premises, striker, verb, "sign", "no snapshot", "trusted")


@pytest.mark.parametrize("evil", EVIL)
def test_whoever_signed_it_a_listing_that_leads_out_is_refused(premises: Premises, striker: Striker, evil: str) -> None:
    """Also on a host that asks for no signature, for there the key is nobody's secret."""
    forger = Forger(premises, signer=MinisignSigner(premises.folder / "signing.key"))
    index = forger.index()
    index["entries"] += [{"mode": 0o644, **row} for row in EVIL[evil]]
    forger.write_index(index)
    for verb in VERBS:
        must_refuse(premises, striker, verb, "index")


def _bounded(premises: Premises, verb: str) -> subprocess.CompletedProcess[str]:
    """With little memory, and the most that it may write to one file below the size of the bomb."""
    require("prlimit")
    words = [str(premises.folder.parent / "back") if word == "TARGET" else word for word in VERBS[verb]]
    limits = ["prlimit", f"--as={MEMORY}", f"--fsize={64 << 20}", sys.executable, "-m", "bot"]
    return subprocess.run(
        [*limits, *premises.words(*words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=80,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("verb", ["files", "extract"])
@pytest.mark.parametrize("where", ["index", "tar"])
def test_a_bomb_is_refused_with_little_memory(premises: Premises, verb: str, where: str) -> None:
    """Ten gigabytes of zeros, in a few kilobytes, as the listing or as a file of the tree."""
    bomb = zeros(MEGABYTES)
    assert len(bomb) < 1 << 20
    forger = Forger(premises, signer=MinisignSigner(premises.folder / "signing.key"))
    if where == "index":
        forger.write_packed_index(bomb, "0" * 64)
    else:
        index = forger.index()
        ((piece, frames),) = index["frames"].items()
        index["frames"] = {piece: [[len(bomb), sum(plain for _, plain in frames)]]}
        forger.write_index(index)
        forger.write_tar(bomb)
    before = around(premises)
    done = _bounded(premises, verb)
    assert done.returncode not in {0, 2}, done
    assert "MemoryError" not in done.stderr, done.stderr
    assert "unpacks to" in done.stderr, done.stderr
    assert around(premises) == before
