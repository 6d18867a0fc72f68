"""A hostile server, and a crowd on a harmless one: survived, and with memory that does not follow what they say."""

import json
import subprocess
import sys
from pathlib import Path

from tests.fuzz.floods import FLOODS

ROOT = Path(__file__).parents[2]
CEILING = 12 * 1024  # kilobytes that all floods together may add to what the bot needs anyway


def test_no_flood_ends_the_bot_or_fills_its_memory(tmp_path: Path) -> None:
    """In a process of its own, so that its memory can be measured; each flood is thousands of lines."""
    words = [sys.executable, "-m", "tests.fuzz.drown", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=110, check=True)
    results = {result["flood"]: result for result in map(json.loads, done.stdout.splitlines())}
    assert set(results) == set(FLOODS)
    assert not {name: result["wrong"] for name, result in results.items() if result["wrong"]}
    assert not [name for name, result in results.items() if not result["lives"]]
    assert sum(result["grown"] for result in results.values()) < CEILING
