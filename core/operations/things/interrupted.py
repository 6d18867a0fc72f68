"""A restore of a whole thing that a crash cut short."""

from dataclasses import dataclass

from core.operations.restore_record import RestoreRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptedThing:
    """The restore, and what lies there now."""

    record: RestoreRecord
    told: str

    def __str__(self) -> str:
        record = self.record
        return f'restore {record.id} of {record.what} (by {record.by}) was cut short at "{record.step}": {self.told}'
