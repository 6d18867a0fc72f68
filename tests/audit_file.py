"""The audit trail of a bot that may be writing to it at this moment."""

import json
from pathlib import Path


def audit_lines(state: Path) -> list[dict[str, str]]:
    """The lines that are whole by now, from a state directory."""
    written, end, _ = (state / "audit.jsonl").read_text().rpartition("\n")
    return [json.loads(line) for line in (written + end).splitlines()]
