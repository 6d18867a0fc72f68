"""What of a difference concerns one name: the thing itself, and the power that it has elsewhere."""

from collections.abc import Iterator
from dataclasses import replace

from core.domain.casemapping import Casemapping, fold
from core.registrations.change import Change, Detail, Difference

_ACCESS = "access of "


def concerning(difference: Difference, name: bytes, casemapping: Casemapping) -> Iterator[Change]:
    """Changes of what bears the name, and the details about it in changes of other things."""
    wanted = fold(name, casemapping)

    def is_it(text: str) -> bool:
        return fold(text.encode("utf-8", "surrogateescape"), casemapping) == wanted

    def speaks_of_it(detail: Detail) -> bool:
        if detail.what.startswith(_ACCESS):
            return is_it(detail.what.removeprefix(_ACCESS))
        named = [*detail.before.split(", "), *detail.after.split(", ")]
        return detail.what in {"founder", "account"} and any(map(is_it, named))

    for change in difference.changes:
        if is_it(change.name):
            yield change
        elif details := tuple(filter(speaks_of_it, change.details)):
            yield replace(change, details=details)
