"""What was noticed of a bucket while it was used, in sentences for an operator."""

from core.registrations.words import plural
from core.storage.s3.versions import Layers

_NAMED = 3


class Seen:
    """Remembers by key, so that an object is told once however often it is seen."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._hidden: set[str] = set()
        self._covered: set[str] = set()
        self._said: dict[str, None] = {}  # in the order in which it was noticed

    def layers(self, layers: Layers) -> None:
        """An object as it lies there now."""
        for keys, so in ((self._hidden, layers.is_hidden), (self._covered, layers.is_covered)):
            if so:
                keys.add(layers.key)
            else:
                keys.discard(layers.key)

    def gone(self, key: str) -> None:
        """We removed it for good ourselves."""
        self._hidden.discard(key)
        self._covered.discard(key)

    def unlocked(self, what: str) -> None:
        """A lock that is not in force, in a sentence; "" is none."""
        if what:
            self.say(what)

    def say(self, sentence: str) -> None:
        """Something about the server itself."""
        self._said[sentence] = None

    def remarks(self) -> tuple[str, ...]:
        """All of it."""
        told = list(self._said)
        if self._hidden:
            verb = "was" if len(self._hidden) == 1 else "were"
            told.append(
                f"{plural(len(self._hidden), 'object')} on {self._name} {verb} deleted by somebody and "
                f"{'is' if verb == 'was' else 'are'} still there beneath: {_some(self._hidden)}"
            )
        if self._covered:
            verb = "was" if len(self._covered) == 1 else "were"
            told.append(
                f"{plural(len(self._covered), 'object')} on {self._name} {verb} written over by somebody; "
                f"the first version is what is read: {_some(self._covered)}"
            )
        return tuple(told)


def _some(keys: set[str]) -> str:
    some = ", ".join(sorted(keys)[:_NAMED])
    return f"{some} and {len(keys) - _NAMED} more" if len(keys) > _NAMED else some
