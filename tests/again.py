"""Once more, alone: the few tests that wait for other programs and failed while the machine was busy.

Two cores carry four workers and a dozen servers, so that a server's own time-out may pass. What fails alone too is
broken; what passes only alone is printed by name, to be made steady. A test that waits for nobody gets no second try.
"""

import json
import subprocess
import sys
from pathlib import Path

_WAITING = ("tests/conversations/", "tests/lab/", "tests/faults/")
_MOST = 3  # more than that is no accident
_CACHE = Path(".pytest_cache/v/cache/lastfailed")


def again(failed: list[str]) -> int:
    """The exit code of the second try, or 1 where there is none."""
    if not 0 < len(failed) <= _MOST or not all(name.startswith(_WAITING) for name in failed):
        return 1
    print(f"once more, alone: {', '.join(failed)}", flush=True)
    code = subprocess.run([sys.executable, "-m", "pytest", "-q", *failed], check=False).returncode
    if code == 0:
        print(f"UNSTEADY, passed only alone: {', '.join(failed)}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(again(sorted(json.loads(_CACHE.read_text())) if _CACHE.exists() else []))
