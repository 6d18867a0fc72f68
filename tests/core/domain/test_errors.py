"""What goes wrong is told in words that everybody can keep and send."""

import os
from pathlib import Path

import pytest

from core.disk import modified_at
from core.domain.errors import SourceUnreadable
from core.domain.notice import Target, Trouble
from core.operations.teller import Teller
from tests.fakes import FakeClock


def test_what_is_named_by_any_bytes_can_be_told(tmp_path: Path, clock: FakeClock) -> None:
    """Else whoever wanted to tell of it would fail, and nobody would hear that it cannot be saved."""
    with pytest.raises(SourceUnreadable) as found:
        modified_at(tmp_path / os.fsdecode(b"caf\xe9.db"))
    assert "caf\\udce9.db does not exist" in str(found.value)
    teller = Teller(tmp_path, [Target(name="irc")], clock)
    teller.of_schedule([Trouble(cause="backup/files", gravity="error", title=found.value.message)])
    (incident,) = teller.notices.incidents()
    assert incident.trouble.title == found.value.message
