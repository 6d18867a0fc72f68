"""Taking a restore of a tree back: what it replaced and removed comes again, what it made goes.

Only where its own files still lie there: what somebody changed since is left to them and told, until somebody chooses
that what was there before comes back all the same.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import cast

from core.beneath import opened_folder, opened_root
from core.domain.errors import PlanBlocked
from core.domain.moment import show
from core.domain.thing import Thing, ThingWish
from core.domain.tree import ROOT, parent
from core.operations.restore_record import RestoreRecord
from core.operations.things.change import Action, Change, read_changes
from core.operations.things.ground import Ground
from core.operations.things.manner import Manner
from core.operations.things.node import Node, node_at, same_attributes, same_content
from core.operations.things.proposal import ThingUndo
from core.operations.things.supplies import KeptSupply, LivingFiles, TurnedBack
from core.operations.things.tree_plan import Draft, look_of, placed, plan_of, scan, shown, site_of
from core.ports import Progress
from core.registrations.plan import Conflict
from core.registrations.wish import Wishes

_BACKWARDS: dict[Action, Action] = {
    "create": "remove",
    "remove": "create",
    "replace": "replace",
    "attributes": "attributes",
}


@contextmanager
def drafted_undo(
    record: RestoreRecord, wishes: Wishes, ground: Ground, manner: Manner, progress: Progress
) -> Iterator[Draft]:
    """The plan for taking that restore back, on what is there now.

    Raises:
        PlanBlocked: what it kept is gone.
        SourceUnreadable, StorageUnavailable: something cannot be read.
    """
    site = site_of(record.source, ground)
    done = read_changes(ground.folder.changes(record))
    before = ground.folder.before_image(record)
    if done is None or not before.is_dir():
        raise PlanBlocked(f"what restore {record.id} replaced is not kept any more")
    with ExitStack() as stack:
        capture = scan(site, progress)
        if capture is None:
            raise PlanBlocked(f"{site.root} is not there")
        root = stack.enter_context(opened_root(site.root))
        turned, conflicts = _turned(root, done.items, wishes, owned=manner.owned)
        turned, filled = _without_filled(root, turned)
        changes = placed(root, turned)
        living = LivingFiles(capture)
        thing = cast("Thing", record.kind)  # what is no thing does not come here
        wish = ThingWish(thing=thing, source=site.name)
        judged = manner.judge(look_of(wish, None, changes, TurnedBack(living, changes, before), living))
        judged = replace(judged, conflicts=(*judged.conflicts, *conflicts))
        plan = plan_of(
            thing,
            site,
            changes,
            judged,
            owned=manner.owned,
            left_out=tuple(f"{shown(path)}: what was put into it since stays" for path in filled),
            notes=(),
            nothing=_why_nothing(record, conflicts),
            more=(record.id,),
        )
        supply = KeptSupply(before)
        yield Draft(site=site, manner=manner, plan=plan, supply=supply, judgement=judged, scanned=capture)


def _turned(root: int, done: Sequence[Change], wishes: Wishes, *, owned: bool) -> tuple[list[Change], list[Conflict]]:
    """The changes backwards, and what somebody changed since; with `owned` the program itself may have."""
    changes, conflicts = [], []
    for change in done:
        now = node_at(root, change.path)
        by_program = owned and now is not None and change.new is not None and now.type == change.new.type == "file"
        is_same = same_content(now, change.new)
        if not is_same and not by_program and same_content(now, change.old):
            continue
        if (is_same or by_program) and (now is None or change.new is None or _is_ours(change, root)):
            if now is not None and change.new is not None:
                now = replace(now, link_to=change.new.link_to)
            changes.append(Change(path=change.path, action=_BACKWARDS[change.action], old=now, new=change.old))
            continue
        other = _all_the_same(root, change, now)
        conflict = _changed(change.path, wishes, can=other is not None)
        conflicts.append(conflict)
        if other is not None and conflict.chosen == "replace":
            changes.append(other)
    return changes, conflicts


def _all_the_same(root: int, change: Change, now: Node | None) -> Change | None:
    """What puts back the old though somebody changed it since; None where that would take more than this path."""
    if change.action == "attributes":
        is_content_same = same_content(now, change.new)
        return Change(path=change.path, action="attributes", old=now, new=change.old) if is_content_same else None
    if now is not None and now.type not in {"file", "symlink"}:
        return None
    if now is None:
        above = node_at(root, parent(change.path), digest=False) if parent(change.path) != ROOT else None
        if parent(change.path) != ROOT and (above is None or above.type != "dir"):
            return None
    action: Action = "create" if now is None else "remove" if change.old is None else "replace"
    return Change(path=change.path, action=action, old=now, new=change.old)


def _is_ours(change: Change, root: int) -> bool:
    """Of a change of attributes alone: whether they are still those that were set."""
    if change.action != "attributes" or change.new is None:
        return True
    now = node_at(root, change.path, digest=False)
    return now is not None and same_attributes(now, change.new)


def _without_filled(root: int, changes: list[Change]) -> tuple[list[Change], list[str]]:
    """Folders that came, and in which there is something else by now, stay."""
    going = {change.path for change in changes if change.new is None}
    kept: list[str] = []
    for change in reversed(changes):
        is_folder = change.old is not None and change.old.type == "dir"
        if change.new is None and is_folder and change.path != ROOT:
            with opened_folder(root, change.path) as folder, os.scandir(folder) as names:
                if any(f"{change.path}/{name.name}" not in going for name in names):
                    going.discard(change.path)
                    kept.append(change.path)
    return [change for change in changes if change.path not in kept], kept


def _changed(path: str, wishes: Wishes, *, can: bool) -> Conflict:
    """Paths keep their case, so they are looked up as they are; "" stands for all of them."""
    item = shown(path)
    wanted = can and "replace" in {wishes.choices.get(item), wishes.choices.get("")}
    return Conflict(
        code="changed-since",
        what=item,
        why="was changed since it came back",
        item=item,
        choices=("skip", "replace") if can else ("skip",),
        chosen="replace" if wanted else "skip",
    )


def _why_nothing(record: RestoreRecord, conflicts: Sequence[Conflict]) -> str:
    if any("replace" in conflict.choices for conflict in conflicts):
        return (
            f"all that restore {record.id} did was changed since, and stays:"
            " with `replace` (`--replace`) what was there before comes back all the same"
        )
    return f"nothing that restore {record.id} did is there any more"


def propose_undo(
    record: RestoreRecord, wishes: Wishes, ground: Ground, manner: Manner, progress: Progress
) -> ThingUndo:
    """The plan as it is shown. Changes nothing."""
    with drafted_undo(record, wishes, ground, manner, progress) as draft:
        now = ground.clock.now()
        return ThingUndo(
            plan=draft.plan,
            undone=record,
            wishes=wishes,
            headline=f"undo {record.id}: {record.what}, restored by {record.by} at "
            f"{show(datetime.fromisoformat(record.begun_at))}",
            made_at=now,
            live_saved_at=draft.scanned.scanned_at if draft.scanned is not None else now,
            restart=manner.restart,
            why_second=draft.judgement.second,
        )
