"""Without us: the script in docs/format.md, word by word, brings back what our own restore brings back."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import require
from tests.core.repository.tree.forest import Chain, Gardener, picture

ROOT = Path(__file__).parents[4]


def script() -> str:
    section = (ROOT / "docs/format.md").read_text().partition("## Trees")[2]
    found = re.search(r"^```bash\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def restore(chain: Chain, number: int, folder: Path) -> Path:
    """Unpack the chain with zstd and the script; what the script leaves beside the target is an error."""
    folder.mkdir()
    (folder / "restore-tree").write_text(script())
    tars = []
    for snapshot in range(number + 1):
        packed = chain.packed[f"s{snapshot}"]
        tar = folder / f"{snapshot}.tar"
        subprocess.run(["/usr/bin/zstd", "-q", "-d", "-o", tar], input=packed, check=True)
        tars.append(tar.name)
    done = subprocess.run(
        ["/bin/bash", "restore-tree", "restored", *tars], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "hdrcharset" not in line]
    assert not said
    assert {path.name for path in folder.iterdir()} == {"restore-tree", "restored", *tars}
    return folder / "restored"


@pytest.mark.parametrize("seed", range(8))
def test_the_documented_script_restores_every_snapshot_of_a_chain(seed: int, tmp_path: Path) -> None:
    require("zstd")
    gardener = Gardener(tmp_path / "tree", seed)
    chain = Chain(tmp_path / "tree")
    for _ in range(4):
        for _ in range(12):
            gardener.edit()
        chain.add()
    assert picture(restore(chain, 3, tmp_path / "stock")) == picture(tmp_path / "tree")
