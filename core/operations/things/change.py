"""What a restore of a tree does to each path, and how that is written down."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from core.disk import make_private_folder, write_whole
from core.domain.errors import StorageUnavailable
from core.domain.tree import ROOT
from core.operations.things.node import Node, node_from

Action = Literal["create", "replace", "attributes", "remove"]
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One path, from what lies there to what shall lie there."""

    path: str
    action: Action
    old: Node | None
    new: Node | None
    anchor: str = ROOT  # the folder below which it is staged: renames do not cross a mount
    in_place: bool = False  # a mount of its own: it can be written, and not be replaced

    def side(self, side: Literal["old", "new"]) -> Node | None:
        """What lies there before, or afterwards."""
        return self.new if side == "new" else self.old

    def moves(self, side: Literal["old", "new"]) -> bool:
        """Whether a file or link must be put there, from where it is staged."""
        node = self.side(side)
        return node is not None and node.type != "dir" and self.action != "attributes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All changes of one restore, by path, parents before children."""

    root: str
    made: tuple[str, ...]  # folders up to the root itself that were not there, the uppermost first
    items: tuple[Change, ...]

    def write(self, path: Path) -> None:
        """On disk before this returns."""
        rows = [
            {
                "path": item.path,
                "action": item.action,
                "old": item.old.as_row() if item.old is not None else None,
                "new": item.new.as_row() if item.new is not None else None,
                "anchor": item.anchor,
                "in_place": item.in_place,
            }
            for item in self.items
        ]
        whole = {"format": FORMAT, "root": self.root, "made": self.made, "items": rows}
        make_private_folder(path.parent)
        write_whole(path, [json.dumps(whole, indent=1, sort_keys=True).encode()])


def read_changes(path: Path) -> Changes | None:
    """What `Changes.write` wrote; None = nothing was written yet.

    Raises:
        StorageUnavailable: it cannot be read.
    """
    try:
        raw = json.loads(path.read_bytes())
        items = tuple(
            Change(
                path=row["path"],
                action=row["action"],
                old=node_from(row["old"]),
                new=node_from(row["new"]),
                anchor=row["anchor"],
                in_place=row["in_place"],
            )
            for row in raw["items"]
        )
        return Changes(root=raw["root"], made=tuple(raw["made"]), items=items)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageUnavailable(f"{path} cannot be read: {type(error).__name__}") from None


def digest_of_changes(changes: Sequence[Change], *, owned: bool, more: Sequence[str]) -> str:
    """What an agreement is bound to: what is done, and the living bytes it rests on, unless a program owns them."""
    rows = [[item.path, item.action, _told(item.new, own=True), _told(item.old, own=not owned)] for item in changes]
    return sha256(json.dumps([rows, list(more)]).encode()).hexdigest()


def _told(node: Node | None, *, own: bool) -> list[object]:
    if node is None:
        return []
    return [node.type, node.target, *([node.digest, node.mode, node.uid, node.gid] if own else [])]
