"""Notices and incidents as text in the outbox's file, and back."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.domain.notice import Notice, Trouble
from core.notices.incident import Incident


def write_notice(notice: Notice) -> str:
    """As JSON."""
    return _written(asdict(notice))


def read_notice(text: str) -> Notice:
    """What `write_notice` wrote."""
    fields = json.loads(text)
    return Notice(**fields | {"at": datetime.fromisoformat(fields["at"])})


def write_incident(incident: Incident) -> str:
    """As JSON."""
    return _written(asdict(incident))


def read_incident(text: str) -> Incident:
    """What `write_incident` wrote."""
    fields = json.loads(text)
    times = {
        name: datetime.fromisoformat(fields[name])
        for name in ("opened_at", "seen_at", "told_at", "well_since", "acked_until")
        if fields[name] is not None
    }
    return Incident(**fields | times | {"trouble": Trouble(**fields["trouble"])})


def _written(fields: dict[str, Any]) -> str:
    """A byte of a file's name that is no UTF-8 becomes "?": no place that a notice goes to takes it."""
    text = json.dumps(fields, default=datetime.isoformat, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()
