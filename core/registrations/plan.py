"""What a plan says to people and machines, whatever the format of the database it is for."""

from dataclasses import dataclass

from core.registrations.wish import Kind
from core.registrations.words import clipped, listed

_LINE = 340  # bytes of a line of the summary: what fits into one IRC line with its sender


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
    choices: tuple[str, ...] = (
        "skip",
    )  # of "ask", "skip", "merge", "replace", "as NEWNAME", "founder NICK", "new uid"
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

    kind: Kind
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
        """At most three lines for a channel, each below 350 bytes."""
        first = "+ " + (", + ".join(self.coming_back) or "nothing")
        if self.access:
            first += f"; access: {listed(self.access, _LINE - len(first.encode()) - 30)}"
        lines = [first]
        if self.going:
            lines[0] += f" · - goes: {listed(self.going, max(60, _LINE - len(first.encode()) - 20))}"
        omitted = [*map(str, self.conflicts), *self.left_out]
        if omitted:
            lines.append(f"- left out: {listed(omitted, _LINE - 40)}")
        if self.powers:
            lines.append(f"! gives power back: {listed(self.powers, _LINE - 40)}")
        return tuple(clipped(line, _LINE) for line in lines)

    def details(self) -> tuple[str, ...]:
        """All of it, one thought a line, each with its mark."""
        marked = (
            ("+", self.coming_back),
            ("+ access", self.access),
            ("- goes:", self.going),
            ("! gives power back:", self.powers),
            ("- left out:", self.left_out),
            ("· expiry:", self.expiry),
            ("· note:", self.notes),
        )
        lines = [f"{mark} {text}" for mark, texts in marked for text in texts]
        return (*lines, *map(_choices, self.conflicts))

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


def _choices(conflict: Conflict) -> str:
    ways = " · ".join(way for way in conflict.choices if way != "ask")
    return f"? {conflict.what} {conflict.why} ({conflict.chosen}; {ways})"
