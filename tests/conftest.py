"""What all tests share: hand-set clocks, and real programs that must be there where they are promised."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes import FakeClock, RecordingProgress

if TYPE_CHECKING:
    from tests.lab.ssh import SshServer

REQUIRE_REAL = os.environ.get("BACKUPSERV_REQUIRE_REAL") == "1"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin"

# Several tests share two cores: how long an example takes says nothing about the code.
settings.register_profile(
    "shared-cores",
    parent=settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("shared-cores")


def require(*programs: str) -> None:
    """Skip by name where a real program is missing; fail where real servers are required (CI)."""
    missing = [name for name in programs if shutil.which(name, path=_PATH) is None]
    if missing and REQUIRE_REAL:
        pytest.fail(f"required and not installed: {', '.join(missing)}", pytrace=False)
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="session", autouse=True)
def _others_keep_their_temporary_folder() -> Iterator[None]:
    """Tests run as root change owners and modes; what everybody uses must be as it was."""
    place = Path(tempfile.gettempdir())
    before = place.stat().st_mode
    yield
    assert place.stat().st_mode == before, f"a test changed the mode of {place}"


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SshServer]":
    from tests.lab.ssh import run_sshd  # noqa: PLC0415 — it needs what stands above

    yield from run_sshd(tmp_path_factory.mktemp("sshd"))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def progress() -> RecordingProgress:
    return RecordingProgress()


_WAITING = ("conversations", "lab", "faults")  # the longest first: what is begun last ends last


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests wait for other programs stand evenly among those that reckon: the processor is never idle.

    Workers take file after file (`--dist loadfile --no-loadscope-reorder`).
    """
    tests = Path(__file__).parent
    folders = {item.path: item.path.relative_to(tests).parts[0] for item in items}
    waiting = sorted(
        (path for path in folders if folders[path] in _WAITING), key=lambda path: _WAITING.index(folders[path])
    )
    others = [path for path in folders if folders[path] not in _WAITING]
    place = {path: (number + 0.5) / len(group) for group in (waiting, others) for number, path in enumerate(group)}
    items.sort(key=lambda item: place[item.path])
