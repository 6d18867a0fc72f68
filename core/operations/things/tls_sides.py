"""The certificates before and after a restore, and which of them are meant for which port."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.certificates.certificate import Certificate
from core.certificates.inventory import Inventory, take_inventory
from core.certificates.pairs import Pair, pair_up
from core.certificates.words import told
from core.domain.errors import SourceUnreadable
from core.domain.tree import Entry, order
from core.operations.things.manner import Files, Look
from core.program_ports import Served
from core.tree_ports import TreeCapture


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One state of a tree of certificates."""

    inventory: Inventory
    pairs: Mapping[str, Pair]  # by the path of the certificate


def shelf_of(files: Files, root: Path) -> Shelf:
    """What lies there. Raises as `Files.read`, but for what only cannot be read."""
    inventory = take_inventory(files.entries, files.read, root)
    pairs = pair_up(inventory.used(), inventory.keys)
    return Shelf(inventory=inventory, pairs={pair.certificate: pair for pair in pairs})


class Lying:
    """The living files, as they are now. See `Files`."""

    def __init__(self, capture: TreeCapture) -> None:
        self._reader = capture.reader
        self.entries = capture.entries

    def read(self, path: str, limit: int) -> bytes:
        """A file as it is now; see `Files`."""
        with self._reader.open(path) as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise SourceUnreadable(f"{path} holds more than {limit} bytes")
        return content


class Afterwards:
    """The files as they will lie there: what comes, over what lives. See `Files`."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._coming = frozenset({*look.created, *look.replaced, *look.attributes})
        self.entries = tuple(sorted(self._overlaid(), key=lambda entry: order(entry.path)))

    def _overlaid(self) -> Iterator[Entry]:
        gone = {*self._look.removed, *self._coming}
        yield from (entry for entry in self._look.living.entries if entry.path not in gone)
        yield from (entry for entry in self._look.coming.entries if entry.path in self._coming)

    def read(self, path: str, limit: int) -> bytes:
        """From the side that it is of; see the port."""
        moved = path in self._coming and path not in self._look.attributes
        return (self._look.coming if moved else self._look.living).read(path, limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Two states of a tree, and what its ports serve meanwhile."""

    before: Shelf
    after: Shelf
    changed: frozenset[str]  # paths that are touched
    served: Mapping[str, Served]  # by address: of the ports that serve anything
    silent: Mapping[str, str]  # the other ones, and why

    def touched(self) -> tuple[Pair, ...]:
        """The pairs that will be others than now."""
        return tuple(pair for pair in self.after.pairs.values() if self._is_touched(pair))

    def _is_touched(self, pair: Pair) -> bool:
        old = self.before.pairs.get(pair.certificate)
        if old is None or (old.leaf, old.key, old.fit) != (pair.leaf, pair.key, pair.fit):
            return True
        ends = {self.after.inventory.names.get(name, name) for name in (pair.certificate, pair.key)}
        return bool(ends & self.changed)

    def expected(self, address: str) -> tuple[Certificate, ...]:
        """Those of which a port must serve one afterwards.

        What lies now under the name of what is served now; where that name cannot be told, any that comes.
        """
        served = self.served.get(address)
        names = [
            name for name, pair in self.before.pairs.items() if served and pair.leaf.fingerprint == served.fingerprint
        ]
        found = [self.after.pairs[name] for name in names if name in self.after.pairs]
        return _leaves(found or self.touched() or self.after.pairs.values())

    def replaced(self) -> Iterator[tuple[str, Certificate | Served, tuple[Certificate, ...]]]:
        """Each certificate that is replaced: where it is, itself, and those that come for it.

        What ports serve counts; where none serves anything, what lies in the files.
        """
        for address, served in self.served.items():
            yield f"{address} serves", served, self.expected(address)
        if not self.served:
            for pair in self.touched():
                old = self.before.pairs.get(pair.certificate)
                if old is not None:
                    yield f"{told(pair.certificate)} holds", old.leaf, (pair.leaf,)


def _leaves(pairs: Iterable[Pair]) -> tuple[Certificate, ...]:
    return tuple({pair.leaf.fingerprint: pair.leaf for pair in pairs}.values())
