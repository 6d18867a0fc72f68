"""What guards and verbs found and told, and what is not well yet: for the one honest line."""

from collections.abc import Iterator, Sequence

from core.domain.errors import BackupServError
from core.domain.notice import GRAVITIES, at_least
from core.domain.public import public
from core.notices.incident import Incident
from core.operations.teller import Teller

_MOST = 12
_LIVE = ("held/", "objectives/")  # status looks at these itself, at this moment


def open_troubles(teller: Teller, known: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each incident that is open and grave enough, the gravest first; those in `known` only once."""
    if not teller.targets:
        return ()
    try:
        incidents = teller.notices.incidents()
    except BackupServError as error:
        return (f"what is wrong is not known: {error}",)
    found = [item for item in incidents if _counts(item) and not _is_known(item, known)]
    found.sort(key=lambda item: -GRAVITIES.index(item.trouble.gravity))
    return tuple(_told(found))


def _told(found: Sequence[Incident]) -> Iterator[str]:
    for item in found[:_MOST]:
        helps = f"; {item.trouble.suggestion}" if item.trouble.suggestion else ""
        knows = f" ({item.acked_by} knows)" if item.acked_by else ""
        yield f"{public(item.trouble.title)}{knows}{helps}"
    if len(found) > _MOST:
        yield f"… and {len(found) - _MOST} more: !alerts"


def _counts(item: Incident) -> bool:
    return item.well_since is None and at_least(item.trouble.gravity, "warning") and not item.cause.startswith(_LIVE)


def _is_known(item: Incident, known: Sequence[str]) -> bool:
    """Whether the status says the same in its own words."""
    family, _, rest = item.cause.partition("/")
    if family in {"copy", "copies"}:
        return any(text.startswith(f"the copy {rest} ") for text in known)
    if family == "proof":
        return any("damaged" in text and rest.rpartition("/")[2] in text for text in known)
    title = public(item.trouble.title)
    return any(text.startswith(title) for text in map(public, known))
