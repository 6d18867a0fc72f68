"""A restore of a tree that is killed leaves no mix of old and new that stays."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fault


@pytest.mark.parametrize(("what", "stride", "at_least"), [("each", 4, 100), ("twice", 7, 12)])
def test_whoever_dies_at_any_call_is_put_back_or_finished(
    tmp_path: Path, what: str, stride: int, at_least: int
) -> None:
    """After the bot's start all is old; after `settle` all is old or all new; with --undo all is old.

    "twice": what ends a restore that died is killed as well, and run again.
    """
    words = [sys.executable, "-m", "tests.core.operations.things.felling", str(tmp_path), what, str(stride)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=110)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) >= at_least
