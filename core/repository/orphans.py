"""What a backup that was cut short left behind."""

from datetime import datetime, timedelta

from core.ports import Storage
from core.repository import layout

_AGE = timedelta(hours=1)  # a backup takes less


def orphans(storage: Storage, root: str, now: datetime) -> tuple[str, ...]:
    """Sealed objects that no manifest speaks of, for longer than a backup takes.

    A manifest that cannot be read still speaks of its object.
    """
    keys = [item.key for item in storage.list(root)]
    known = {layout.id_of(key) for key in keys if key.startswith(f"{layout.manifests(root)}/")}
    limit = f"{now - _AGE:%Y%m%dT%H%M%SZ}"
    sealed = [key for key in keys if key.endswith(".age")]
    return tuple(key for key in sealed if layout.id_of(key) not in known and layout.id_of(key) < limit)
