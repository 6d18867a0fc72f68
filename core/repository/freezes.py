"""Freezes with a cause: nothing is removed while something is wrong. They end by themselves; people may overrule them.

One file for each cause, so that two who hold different ones never meet. One that cannot be read holds.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

from core.disk import flush_folder, make_private_folder, write_error, write_whole
from core.domain.errors import ObjectExists, StorageUnavailable

_LONGEST = 200  # characters of a reason: it is told in chat
_SUFFIX = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Why nothing may be removed."""

    cause: str  # "saving/services": as of the trouble that it belongs to
    why: str
    at: datetime  # aware, UTC: since when
    by_guard: bool = False  # it ends when its guard finds nothing any more
    overruled: str = ""  # who said that things are removed all the same, until it ends and begins anew

    @property
    def holds(self) -> bool:
        """Whether anything stays because of it."""
        return not self.overruled

    def __str__(self) -> str:
        ends = ", ends by itself" if self.by_guard else ""
        return f"{self.why} (since {self.at:%Y-%m-%d %H:%M}Z{ends})"


class Freezes:
    """All of this host. They hold in every storage, as pins do."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "freezes"

    def hold(self, cause: str, why: str, *, at: datetime, by_guard: bool = False) -> bool:
        """From now on nothing is removed; whether that is new. One that stands, or was overruled, is left as it is.

        Raises:
            StorageFull, StorageUnavailable: it could not be written.
        """
        try:
            self._write(Freeze(cause=cause, why=_clean(why), at=at, by_guard=by_guard), exclusive=True)
        except ObjectExists:
            return False
        return True

    def release(self, cause: str) -> bool:
        """What was wrong is over; whether it stood until now.

        Raises:
            StorageUnavailable: it could not be removed.
        """
        path = self._path(cause)
        try:
            path.unlink()
            flush_folder(self._folder)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise write_error(path, error) from error
        return True

    def overrule(self, *, by: str) -> tuple[Freeze, ...]:
        """Somebody has looked, and things are removed all the same; returns what held until now.

        Raises:
            StorageFull, StorageUnavailable: it could not be written.
        """
        held = tuple(freeze for freeze in self.standing() if freeze.holds)
        for freeze in held:
            self._write(_overruled(freeze, by), exclusive=False)
        return held

    def standing(self) -> tuple[Freeze, ...]:
        """All that began and did not end, by cause.

        Raises:
            StorageUnavailable: it cannot be told which there are.
        """
        try:
            paths = sorted(path for path in self._folder.iterdir() if path.suffix == _SUFFIX)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StorageUnavailable(f"{self._folder} cannot be read: {error.strerror}") from None
        return tuple(freeze for freeze in map(_read, paths) if freeze is not None)

    def frozen(self) -> str:
        """Why nothing may be removed, or ""."""
        return "; ".join(str(freeze) for freeze in self.standing() if freeze.holds)

    def _write(self, freeze: Freeze, *, exclusive: bool) -> None:
        make_private_folder(self._folder)
        fields = {
            "why": freeze.why,
            "at": freeze.at.astimezone(UTC).isoformat(timespec="seconds"),
            "by_guard": freeze.by_guard,
            "overruled": freeze.overruled,
        }
        write_whole(self._path(freeze.cause), [json.dumps(fields).encode()], exclusive=exclusive)

    def _path(self, cause: str) -> Path:
        return self._folder / (quote(cause, safe="") + _SUFFIX)


def _overruled(freeze: Freeze, by: str) -> Freeze:
    return Freeze(cause=freeze.cause, why=freeze.why, at=freeze.at, by_guard=freeze.by_guard, overruled=_clean(by))


def _read(path: Path) -> Freeze | None:
    """None where it has just ended."""
    cause = unquote(path.name.removesuffix(_SUFFIX))
    try:
        fields = json.loads(path.read_bytes())
        return Freeze(
            cause=cause,
            why=str(fields["why"]),
            at=datetime.fromisoformat(fields["at"]).astimezone(UTC),
            by_guard=fields["by_guard"] is True,
            overruled=str(fields["overruled"]),
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be read: {error.strerror}") from None
    except (KeyError, TypeError, ValueError):
        why = f"what the state directory says of {cause} is damaged; `thaw` after a look"
        return Freeze(cause=cause, why=why, at=datetime.fromtimestamp(0, UTC))


def _clean(text: str) -> str:
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:_LONGEST]
