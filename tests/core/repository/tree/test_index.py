"""The index is canonical, greppable, and whatever is written into it leads nowhere."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from core.domain.errors import ObjectDamaged
from core.repository.tree.index import read_index, write_index
from tests.core.repository.tree.forest import Chain


def test_each_entry_is_a_line_of_a_json_file(tree: Path, chain: Chain, tmp_path: Path) -> None:
    (tree / os.fsdecode(b"\xff bad")).write_bytes(b"x")
    (tree / "café\nnew").write_bytes(b"x")
    listing = chain.add()
    content = write_index(listing)
    (tmp_path / "index.json").write_bytes(content)
    assert len(content.decode().splitlines()) == len(listing.entries) + 2
    found = subprocess.run(
        ["/bin/grep", "-c", '"path":"café', tmp_path / "index.json"], capture_output=True, check=True
    )
    assert found.stdout == b"1\n"
    assert {os.fsencode(entry.path) for entry in read_index(content).entries} >= {b"\xff bad", "café\nnew".encode()}


def spoiled(chain: Chain, **fields: Any) -> bytes:
    """The index of a chain with other fields in the entry of small.conf."""
    raw = json.loads(write_index(chain.listings[-1]))
    for row in raw["entries"]:
        if row["path"] == "small.conf":
            row.update(fields)
    return json.dumps(raw).encode()


@pytest.mark.parametrize(
    "fields",
    [
        {"path": "../small.conf"},
        {"path": "/small.conf"},
        {"path": "z/../../small.conf"},
        {"path": "z//small"},
        {"path": "z\0"},
        {"path": ""},
        {"path": "z/no-such-folder"},
        {"path": "small.conf/.."},
        {"path": "link/through"},
        {"path": ".backupserv"},
        {"path": "."},
        {"path": "log"},
        {"path": 7},
        {"type": "device"},
        {"type": "hardlink", "target": "../outside", "extents": [], "size": 0},
        {"type": "hardlink", "target": "link", "extents": [], "size": 0},
        {"type": "hardlink", "target": "small.conf", "extents": [], "size": 0},
        {"size": 1 << 50},
        {"extents": []},
        {"extents": [["gone", 0, 6, "0"]]},
        {"extents": [["s0", 1 << 40, 6, "0"]]},
        {"extents": [["s0", -1, 6, "0"]]},
        {"extents": [["s0", 0, 12, "0"], ["s0", 0, -6, "0"]]},
        {"extents": "x"},
        {"xattrs": 5},
    ],
    ids=str,
)
def test_what_cannot_come_from_a_tree_is_refused(chain: Chain, fields: dict[str, Any]) -> None:
    assert read_index(spoiled(chain)) == chain.listings[-1]
    with pytest.raises(ObjectDamaged, match="index"):
        read_index(spoiled(chain, **fields))


@pytest.mark.parametrize("frames", [[[1, 1 << 40]], [[1 << 40, 1]], [[0, 4]], [["x", 1]], 5])
def test_a_frame_that_asks_for_memory_is_refused(chain: Chain, frames: object) -> None:
    raw = json.loads(write_index(chain.listings[-1]))
    raw["frames"]["s0"] = frames
    with pytest.raises(ObjectDamaged, match="index"):
        read_index(json.dumps(raw).encode())


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"format":2}', b'{"format":1}'])
def test_what_is_no_index_is_refused(content: bytes) -> None:
    with pytest.raises(ObjectDamaged, match="index"):
        read_index(content)
