"""What a check of somebody else's file has to say."""

from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How bad a finding is, in rising order, so that `max()` is the verdict."""

    WARNING = 1
    LOSES_DATA = 2
    STOPS_SERVICES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence about one place in a file. Never quotes a password, an e-mail address or a host."""

    line: int  # 1-based; 0 = the file as a whole
    severity: Severity
    code: str  # short and stable, for machines: "ca-target-missing"
    text: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.text}"
