"""What a restore did to an Atheme database."""

from dataclasses import dataclass

from core.registrations.wish import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Whole rows, without their LF."""

    kind: Kind
    name: str
    added: tuple[bytes, ...]
    removed: tuple[bytes, ...]
