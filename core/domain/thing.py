"""What can come back as a whole, beside accounts, channels and groups; and how somebody asks for it."""

from dataclasses import dataclass
from typing import Literal

Thing = Literal["database", "tls", "config", "ircd", "files"]
THINGS: tuple[Thing, ...] = ("database", "tls", "config", "ircd", "files")


def named_thing(thing: str, name: str) -> str:
    """As people say it: "tls certificates"; once, where a source bears the name of its thing."""
    return thing if thing == name else f"{thing} {name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingWish:
    """What somebody wants back as a whole. The default removes nothing that is there and not in the snapshot.

    `anyway` names what would be refused otherwise and shall be done all the same: the item of a conflict, like
    "older" (certificates older than those that are served), "expired" or "names".
    """

    thing: Thing
    source: str = ""  # a configured source; "" = the only one of that thing
    paths: tuple[str, ...] = ()  # of a tree: only these, relative to its root; () = all of it
    exact: bool = False  # also remove what is there now and is not in the snapshot
    anyway: frozenset[str] = frozenset()
