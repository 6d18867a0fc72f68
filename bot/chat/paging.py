"""Where the lines of an answer go: four into the channel, the rest by notice in pages. Nothing is lost in silence."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from bot.chat.reply import Reply

IN_CHANNEL = 4
PAGE = 12
LIFETIME = timedelta(minutes=10)
_MOST = 600  # lines that wait for one person
_PEOPLE = 20  # for whom lines wait

Fit = Callable[[str, bool], list[str]]
"""A text as the lines that IRC can carry; the flag says whether it goes to somebody in private."""


def whole(text: str, private: bool) -> list[str]:  # noqa: FBT001 — a `Fit`
    """A text as one line, however long."""
    del private
    return [text]


class _Page:
    """Room for so many lines. The last one waits until it is known whether more follow."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: list[str] = []
        self.rest: list[str] = []

    def put(self, line: str) -> list[str]:
        """What is to be said now."""
        if self.rest or self._held:
            self.rest += [*self._held, line]
            self._held = []
            return []
        self._room -= 1
        if self._room > 0:
            return [line]
        self._held = [line]
        return []

    def end(self) -> list[str]:
        """Nothing follows: what was held back."""
        held, self._held = self._held, []
        return held


class Answer:
    """The lines of one answer, on their way."""

    def __init__(self, *, nick: str, in_channel: bool, fit: Fit = whole) -> None:
        self._nick = nick
        self._fit = fit
        self._in_channel = in_channel
        self._public = _Page(IN_CHANNEL)
        self._private = _Page(PAGE)
        self._loud = False
        self._dropped = 0

    def take(self, reply: Reply) -> Iterator[Reply]:
        """What is to be said now, and where."""
        openly = not reply.private and (self._in_channel or reply.loud)
        self._loud |= reply.loud
        for line in self._fit(reply.text, not openly):
            if openly and not self._public.rest:
                yield from self._openly(line)
            elif openly and self._in_channel:
                yield from self._aside(line)
            if not openly or not self._in_channel:
                yield from self._aside(line)

    def _openly(self, line: str) -> Iterator[Reply]:
        for each in self._public.put(line):
            yield Reply(each, loud=self._loud)
        if not self._public.rest:
            return
        yield Reply(f"… the rest goes to {self._nick} by notice", loud=self._loud)
        if self._in_channel:  # who asked in private has had every line already
            for each in self._public.rest:
                yield from self._aside(each)

    def _aside(self, line: str) -> Iterator[Reply]:
        if len(self._private.rest) < _MOST:
            yield from (Reply(each, private=True) for each in self._private.put(line))
        else:
            self._dropped += 1

    def end(self) -> Iterator[Reply]:
        """Nothing more comes: what was held back, and how much waits for `!more`."""
        yield from (Reply(each, loud=self._loud) for each in self._public.end())
        yield from (Reply(each, private=True) for each in self._private.end())
        if not self.rest:
            return
        lost = f"; {self._dropped:,} lines more were left out, the command line has them" if self._dropped else ""
        minutes = LIFETIME.seconds // 60
        yield Reply(f"… {len(self.rest):,} more lines: !more shows on, for {minutes} minutes{lost}", private=True)

    @property
    def rest(self) -> list[str]:
        """What was not said yet."""
        return self._private.rest


class Shelf:
    """What waits for `!more`, by person. In memory, bounded, and for some minutes only."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._waiting: dict[str, tuple[float, list[str]]] = {}

    def put(self, who: str, lines: list[str]) -> None:
        """From now on these wait for that person, instead of what did."""
        self._forget_old()
        self._waiting.pop(who.lower(), None)
        while len(self._waiting) >= _PEOPLE:
            self._waiting.pop(next(iter(self._waiting)))
        self._waiting[who.lower()] = self._monotonic() + LIFETIME.total_seconds(), lines

    def take(self, who: str) -> list[str]:
        """What waits for that person, and then waits no longer."""
        self._forget_old()
        return self._waiting.pop(who.lower(), (0.0, []))[1]

    def _forget_old(self) -> None:
        now = self._monotonic()
        self._waiting = {who: kept for who, kept in self._waiting.items() if kept[0] > now}
