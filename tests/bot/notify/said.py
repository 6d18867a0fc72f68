"""Notices for tests."""

from datetime import UTC, datetime
from typing import Any

from core.domain.notice import Notice

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
