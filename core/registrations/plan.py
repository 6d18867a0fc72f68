"""What a plan says to people and machines, whatever the format of the database it is for."""

from dataclasses import dataclass

from core.domain.thing import Thing
from core.registrations.wish import Kind
from core.registrations.words import clipped, listed

LINE = 340  # bytes of a line of the summary: what fits into one IRC line with its sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something that somebody else has now, or that is missing. What is not chosen is skipped: nothing is taken away.

    `choices` are the ways to meet it, the first of them being what happens if nobody chooses; "ask" stands first where
    nothing can be done before somebody has chosen, so that the whole plan is blocked.
    """

    code: str  # for machines: "nick-taken", "certfp-taken", "channel-reregistered", "account-exists", …
    what: str  # "nick bob_"
    why: str  # "is carol's now"
    item: str = ""  # what `Wishes.choices` calls it; "" = the target itself
    choices: tuple[str, ...] = ("skip",)  # ask, skip, merge, replace, as NEWNAME, founder NICK, new uid
    chosen: str = "skip"

    @property
    def open(self) -> bool:
        """Whether it blocks the plan until somebody chooses."""
        return self.chosen == "ask"

    def __str__(self) -> str:
        told = f"{self.what} {self.why}"
        return told if self.chosen in {"ask", "skip"} else f"{told}: {self.chosen}"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "code": self.code,
            "item": self.item,
            "what": self.what,
            "why": self.why,
            "choices": list(self.choices),
            "chosen": self.chosen,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that would change, in words, and a digest of it.

    Two plans of one digest do the same thing, but for the time of now. Nothing here holds a hash, an address or a host.
    """

    kind: Kind | Thing
    name: str  # as it is stored, fit to be shown
    digest: str = ""
    coming_back: tuple[str, ...] = ()
    going: tuple[str, ...] = ()  # what is taken away or overwritten
    access: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    powers: tuple[str, ...] = ()
    expiry: tuple[str, ...] = ()  # what services' first sweep would drop, and what is done about it
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    blocked: str = ""  # why it cannot be applied; "" = it can
    rows_added: int = 0
    rows_removed: int = 0

    def summary(self) -> tuple[str, ...]:
        """At most three lines for a channel, each below 350 bytes: what comes, what does not, what is power."""
        first = "+ " + (", + ".join(self.coming_back) or "nothing")
        if self.access:
            first += f"; access: {listed(self.access, LINE - len(first.encode()) - 30)}"
        skipped = [str(conflict) for conflict in self.conflicts if conflict.chosen == "skip"]
        lines = [
            first,
            _line("- ", ("goes: ", self.going), ("left out: ", (*skipped, *self.left_out))),
            _line("! ", ("gives power back: ", self.powers), ("", self.expiry)),
        ]
        return tuple(clipped(line, LINE) for line in lines if line)

    def details(self) -> tuple[str, ...]:
        """All of it, one thought a line, each with its mark."""
        marked = (
            ("+", self.coming_back),
            ("+ access", self.access),
            ("- goes:", self.going),
            ("! gives power back:", self.powers),
            ("- left out:", (*(_met(one) for one in self.conflicts if one.chosen == "skip"), *self.left_out)),
            ("· expiry:", self.expiry),
            ("· note:", self.notes),
            ("·", tuple(_met(one) for one in self.conflicts if one.chosen not in {"ask", "skip"})),
            ("?", tuple(_met(one) for one in self.conflicts if one.open)),
        )
        return tuple(f"{mark} {text}" for mark, texts in marked for text in texts)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "kind": self.kind,
            "name": self.name,
            "digest": self.digest,
            "blocked": self.blocked,
            "coming_back": list(self.coming_back),
            "going": list(self.going),
            "access": list(self.access),
            "conflicts": [conflict.as_dict() for conflict in self.conflicts],
            "powers": list(self.powers),
            "expiry": list(self.expiry),
            "left_out": list(self.left_out),
            "notes": list(self.notes),
            "rows_added": self.rows_added,
            "rows_removed": self.rows_removed,
        }


def _line(mark: str, *parts: tuple[str, tuple[str, ...]]) -> str:
    """What there is to say, with equal room for each part; "" for nothing."""
    told = [(word, texts) for word, texts in parts if texts]
    room = (LINE - 40) // max(1, len(told))
    return mark + " · ".join(word + listed(texts, room) for word, texts in told) if told else ""


def _met(conflict: Conflict) -> str:
    """How it is met, and what is to be said where another way is wanted: "replace bob_"."""
    named = {way: f"{way} {conflict.item}".rstrip() for way in ("merge", "replace")}
    ways = [named.get(way, way) for way in conflict.choices if way not in {"ask", "skip", conflict.chosen}]
    if conflict.open:
        return f"{conflict.what} {conflict.why}: choose {' · '.join(ways)}"
    return f"{conflict}; or say: {' · '.join(ways)}" if ways else str(conflict)
