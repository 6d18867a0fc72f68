"""A key that nobody was seen to use for long is told; this host's own is seen at every look."""

from datetime import UTC, datetime, timedelta

import pytest

from core.guards.keys import Key, look_at_keys

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
YEAR = timedelta(days=365)


def _ago(days: int | None) -> datetime | None:
    return NOW - timedelta(days=days) if days is not None else None


@pytest.mark.parametrize(
    ("sealed", "proven", "here", "said"),
    [
        (None, None, False, ""),
        (29, None, False, ""),
        (31, None, False, "was never seen, in 31d, to open anything"),
        (900, 364, False, ""),
        (900, 366, False, "was last seen 366d ago to open anything"),
        (900, None, True, ""),
    ],
)
def test_what_was_not_proven_for_long_is_told(sealed: int | None, proven: int | None, said: str, *, here: bool) -> None:
    key = Key(recipient="age1abcdefghijklmnop", sealed_at=_ago(sealed), proven_at=_ago(proven), is_here=here)
    found = [item.title for item in look_at_keys(lambda: [key], lambda: NOW, within=YEAR)]
    assert found == ([f"the identity of age1abcdefgh… {said}"] if said else [])
