"""Notices for tests."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from core.domain.notice import GRAVITIES, Notice

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def notice(**told: Any) -> Notice:
    """An error about services."""
    given: dict[str, Any] = {
        "id": "6f1c0de5",
        "cause": "backup/services",
        "state": "opened",
        "gravity": "error",
        "title": "services cannot be saved: /var/lib/atheme/services.db cannot be read by uid 990",
        "detail": "first line\nlast line",
        "suggestion": "!backup now services",
        "at": NOW,
    }
    return Notice(**given | told)


_TEXT = st.text(st.characters(codec="utf-8"), max_size=300)
NOTICES = st.builds(
    notice,
    title=_TEXT,
    detail=st.one_of(_TEXT, st.builds(str.__mul__, st.sampled_from(["@everyone <@&12> ", "😀"]), st.integers(0, 5000))),
    suggestion=_TEXT,
    cause=_TEXT,
    count=st.integers(1, 10**9),
    gravity=st.sampled_from(GRAVITIES),
    state=st.sampled_from(["told", "opened", "resolved"]),
)
