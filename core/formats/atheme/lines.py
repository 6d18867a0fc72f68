"""A services.db of which little is asked: the lines that hold a name are found without looking at the others."""

from collections.abc import Collection, Iterator

from core.domain.casemapping import Casemapping, fold
from core.formats.atheme.facts import HEAD, lookup
from core.formats.atheme.rows import parse


def lookup_in(content: bytes, name: bytes, casemapping: Casemapping) -> bytes | None:
    """`lookup` in a file of which nothing else shall be known."""
    return Lines(content, casemapping).lookup(name)


class Lines:
    """The lines of a file, whatever its state, as the network compares them."""

    def __init__(self, content: bytes, casemapping: Casemapping) -> None:
        self._content = content
        self.casemapping = casemapping
        self._folded = fold(content, casemapping)

    def lookup(self, name: bytes) -> bytes | None:
        """The account, as stored, that bears `name` or owns it as a grouped nick."""
        return lookup(parse(self.about([name], head=0)), name, self.casemapping)

    def about(self, words: Collection[bytes], *, head: int = HEAD) -> bytes:
        """A file of the first `head` lines and all that hold one of these words, in their order."""
        wanted = {fold(word, self.casemapping) for word in words}
        if not all(wanted) or any(b" " in word or b"\n" in word for word in wanted):
            return self._content  # what is in no word is nowhere or everywhere
        places = set(self._first(head))
        for word in wanted:
            places.update(self._holding(word))
        return b"\n".join(self._content[start:end] for start, end in sorted(places))

    def _first(self, count: int) -> Iterator[tuple[int, int]]:
        end = -1
        for _ in range(count):
            start, end = end + 1, self._end(end + 1)
            if start >= len(self._content):
                return
            yield start, end

    def _holding(self, word: bytes) -> Iterator[tuple[int, int]]:
        place = self._folded.find(word)
        while place >= 0:
            end = self._end(place)
            yield self._content.rfind(b"\n", 0, place) + 1, end
            place = self._folded.find(word, end)

    def _end(self, place: int) -> int:
        end = self._content.find(b"\n", place)
        return end if end >= 0 else len(self._content)
