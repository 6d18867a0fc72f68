"""kill -9 of who tells and of who delivers: each notice is heard at least once, in order, and none is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

_NOTICES, _KILLS = 1000, 100


@pytest.mark.fault
def test_a_thousand_notices_and_a_hundred_kills(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.faults.telling", str(tmp_path), str(_NOTICES), str(_KILLS)]
    subprocess.run(words, check=True, timeout=110, cwd=Path(__file__).parents[2])
    told = [int(line) for line in (tmp_path / "told").read_text().split()]
    heard = [int(line) for line in (tmp_path / "heard").read_text().split()]
    assert told == list(range(_NOTICES))
    assert list(dict.fromkeys(heard)) == told
    assert heard == sorted(heard)
