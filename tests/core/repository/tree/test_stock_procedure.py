"""Without us: what RESTORE.txt does with the objects of a tree brings back what our own restore brings back."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import require
from tests.core.repository.tree.forest import Chain, Gardener, picture

ROOT = Path(__file__).parents[4]
DRIVER = """set -euo pipefail
target=$PWD/$1; mkdir "$target"; unpack "$2" "$target"; shift 2
for increment in "$@"; do add_increment "$PWD/$increment" "$target"; done
"""


def script() -> str:
    """The two functions of RESTORE.txt that unpack, word by word, and who calls them."""
    text = (ROOT / "core/repository/RESTORE.txt").read_text()
    functions = re.findall(r"^unpack\(\) \{[^\n]*\}\n|^add_increment\(\) \(.*?^\)\n", text, re.DOTALL | re.MULTILINE)
    assert len(functions) == 2
    return "".join(functions) + DRIVER


def restore(chain: Chain, number: int, folder: Path) -> Path:
    """Unpack the chain with zstd and the script; what it leaves beside the target is an error."""
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
    assert not done.stderr
    assert {path.name for path in folder.iterdir()} == {"restore-tree", "restored", *tars}
    return folder / "restored"


@pytest.mark.parametrize("seed", range(8))
def test_the_script_restores_the_newest_snapshot_of_any_chain(seed: int, tmp_path: Path) -> None:
    require("zstd")
    gardener = Gardener(tmp_path / "tree", seed)
    chain = Chain(tmp_path / "tree")
    for _ in range(4):
        for _ in range(12):
            gardener.edit()
        chain.add()
    assert picture(restore(chain, 3, tmp_path / "stock")) == picture(tmp_path / "tree")
