"""Is that code theirs, and has it never served before?"""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from bot.totp import step_of
from core.disk import read_whole, write_whole
from core.domain.errors import ConfigInvalid, SourceUnreadable
from core.secrets import Secret

_LIMIT = 1 << 16  # bytes of what is remembered


class OneTimeCodes:
    """The people who have a secret, and the last code of each that served. Blocks: run it off the loop."""

    def __init__(self, secrets: Mapping[str, Secret], *, state_dir: Path, now: Callable[[], datetime]) -> None:
        self._secrets = dict(secrets)
        self._path = state_dir / "one-time-codes.json"
        self._now = now
        self._alone = threading.Lock()

    @property
    def people(self) -> tuple[str, ...]:
        """Those who have a secret."""
        return tuple(self._secrets)

    def take(self, person: str, code: str) -> bool:
        """Whether the code is right; then it, and every older one, has served for ever.

        Raises:
            BackupServError: the secret, or what is remembered, cannot be read or written. Then no code serves.
        """
        secret = self._secrets.get(person)
        if secret is None:
            return False
        with self._alone:
            step = step_of(secret.reveal(), code, self._now())
            served = self._served()
            if step is None or step <= served.get(person, 0):
                return False
            content = json.dumps(served | {person: step}).encode()
            write_whole(self._path, [content])  # before it serves: a crash costs a code, never spends one twice
            return True

    def burn(self, code: str) -> None:
        """Somebody has said it aloud: whosever it is, it does not serve any more."""
        for person in self._secrets:
            self.take(person, code)

    def _served(self) -> dict[str, int]:
        try:
            content, _ = read_whole(self._path, limit=_LIMIT)
        except SourceUnreadable:
            if self._path.exists():
                raise
            return {}
        try:
            found = json.loads(content)
            return {str(name): int(step) for name, step in found.items()}
        except (ValueError, AttributeError, TypeError):
            raise ConfigInvalid(
                f"{self._path} is damaged, so no one-time code serves",
                hint="wait two minutes, then remove it: it remembers which codes have served",
            ) from None
