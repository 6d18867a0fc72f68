"""The plan for one account: a value that can be judged, agreed to, and carried out exactly."""

from dataclasses import dataclass
from hashlib import sha256

from core.domain.casemapping import Casemapping
from core.registrations.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something of the account that somebody else has now. It is left out, never taken away."""

    what: str  # "nick bob_"
    why: str  # "is grouped to carol now"

    def __str__(self) -> str:
        return f"{self.what} {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """Everything that would change, and what people should know of it.

    Rows are whole lines without their LF. `digest` covers all of it but for the times that are set to now: two plans
    of one digest do the same thing.
    """

    account: str  # as it is stored
    casemapping: Casemapping
    registered: str  # date
    rows: tuple[bytes, ...] = ()  # MU and its own rows, in order
    group_rows: tuple[bytes, ...] = ()  # GACL
    access_rows: tuple[tuple[bytes, ...], ...] = ()  # each CA with its MDA rows
    other_rows: tuple[bytes, ...] = ()  # SO HR HE MM: each goes behind the last of its kind
    removals: tuple[bytes, ...] = ()  # rows of the living database that go: the mark of the dropped name
    uid: bytes = b""
    coming_back: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    powers: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    blocked: str = ""
    digest: str = ""

    def summary(self) -> tuple[str, ...]:
        """At most three lines for a channel."""
        first = "+ " + ", + ".join(self.coming_back)
        if self.access:
            first += f"; access: {listed(self.access, 200)}"
        lines = [first]
        omitted = [*map(str, self.conflicts), *self.left_out]
        if omitted:
            lines.append(f"- left out: {listed(omitted, 280)}")
        if self.powers:
            lines.append(f"! gives power back: {listed(self.powers, 250)}")
        return tuple(lines)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "account": self.account,
            "digest": self.digest,
            "blocked": self.blocked,
            "coming_back": list(self.coming_back),
            "access": list(self.access),
            "conflicts": [{"what": item.what, "why": item.why} for item in self.conflicts],
            "powers": list(self.powers),
            "left_out": list(self.left_out),
            "notes": list(self.notes),
        }


def plan_digest(plan: AccountPlan, timeless: tuple[bytes, ...]) -> str:
    """What the agreement is bound to. `timeless` is `plan.rows` with the times of now left out."""
    parts = (
        plan.account,
        plan.uid,
        timeless,
        plan.group_rows,
        plan.access_rows,
        plan.other_rows,
        plan.removals,
        tuple(map(str, plan.conflicts)),
        plan.access,
        plan.powers,
        plan.left_out,
        plan.blocked,
    )
    return sha256(repr(parts).encode()).hexdigest()
