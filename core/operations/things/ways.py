"""How each thing comes back: the table."""

from core.domain.errors import PlanBlocked
from core.domain.thing import Thing
from core.operations.things.config import ConfigManner
from core.operations.things.database.way import DatabaseWay
from core.operations.things.ircd import IrcdManner
from core.operations.things.manner import PlainManner
from core.operations.things.tls import TlsManner
from core.operations.things.tree_way import TreeWay
from core.operations.things.way import Way


def way_of(thing: str) -> Way:
    """The way of a thing.

    Raises:
        PlanBlocked: there is none.
    """
    ways: dict[Thing, Way] = {
        "database": DatabaseWay(),
        "files": TreeWay("files", PlainManner),
        "config": TreeWay("config", ConfigManner),
        "tls": TreeWay("tls", TlsManner),
        "ircd": TreeWay("ircd", IrcdManner),
    }
    for name, way in ways.items():  # a record of another version may hold any text
        if name == thing:
            return way
    raise PlanBlocked(f"nothing is known of how {thing} comes back as a whole")
