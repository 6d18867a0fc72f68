"""Where findings are gathered: bounded, whatever the file."""

from collections import Counter

from core.domain.finding import Finding, Severity

_MOST = 200  # findings that are listed, the worst first; all are counted


class Report:
    """Findings of one file."""

    def __init__(self) -> None:
        self.tally: Counter[tuple[Severity, str]] = Counter()
        self._kept: dict[Severity, list[Finding]] = {severity: [] for severity in Severity}

    def stops(self, line: int, code: str, text: str) -> None:
        """Services would not start, or crash."""
        self._add(line, Severity.STOPS_SERVICES, code, text)

    def loses(self, line: int, code: str, text: str) -> None:
        """Services would start and forget something, or take it for something else."""
        self._add(line, Severity.LOSES_DATA, code, text)

    def warns(self, line: int, code: str, text: str) -> None:
        """Odd, and harmless to services."""
        self._add(line, Severity.WARNING, code, text)

    def _add(self, line: int, severity: Severity, code: str, text: str) -> None:
        self.tally[severity, code] += 1
        kept = self._kept[severity]
        if len(kept) < _MOST:
            kept.append(Finding(line=line, severity=severity, code=code, text=text))

    def findings(self) -> tuple[Finding, ...]:
        """The worst first, then in the order of the file; what is too much is counted in a last one."""
        listed = [finding for severity in sorted(Severity, reverse=True) for finding in self._kept[severity]][:_MOST]
        listed.sort(key=lambda finding: (-finding.severity, finding.line))
        more = self.tally.total() - len(listed)
        if more:
            worst = max(severity for severity, _ in self.tally)
            listed.append(Finding(line=0, severity=worst, code="more", text=f"and {more:,} more findings"))
        return tuple(listed)
