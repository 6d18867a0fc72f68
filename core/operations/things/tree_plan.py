"""The preview of putting files back into a living tree: one plan, and everything that carrying it out needs."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from core.beneath import opened_folder, opened_root
from core.domain.errors import PlanBlocked
from core.domain.moment import show
from core.domain.snapshot import Snapshot
from core.domain.thing import Thing, ThingWish, named_thing
from core.domain.tree import Listing, parent
from core.operations.site import TreeSite
from core.operations.things.change import Change, digest_of_changes
from core.operations.things.comparing import Comparison, near, selected
from core.operations.things.ground import Ground
from core.operations.things.manner import Judgement, Look, Manner
from core.operations.things.mounts import Mounts
from core.operations.things.proposal import ThingPlan, ThingProposal
from core.operations.things.staging import Supply
from core.operations.things.supplies import LivingFiles, SavedSupply
from core.ports import Progress
from core.registrations.plan import LINE
from core.registrations.words import listed, plural
from core.repository.tree_reading import TreeReading
from core.tree_ports import TreeCapture

_ROOM = 200  # bytes of a list of paths in a line
_WORDS = {"create": "missing", "replace": "changed", "attributes": "with another owner or mode"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePlan(ThingPlan):
    """What is done to each path."""

    changes: tuple[Change, ...] = ()
    lines: tuple[str, ...] = ()  # of the manner: for private reading only
    now: str = ""  # what is in force at this moment

    def summary(self) -> tuple[str, ...]:
        """The same, and in its first line what is in force now, where that fits."""
        first, *others = ThingPlan.summary(self)
        both = f"{first}; now: {self.now}"
        return (both if self.now and len(both.encode()) <= LINE else first, *others)

    def details(self) -> tuple[str, ...]:
        """All of it: every path, and what the manner shows."""
        marks = {"create": "+", "replace": "~", "attributes": "~ owner and mode of", "remove": "-"}
        paths = (f"{marks[change.action]} {shown(change.path)}" for change in self.changes)
        return (*ThingPlan.details(replace(self, going=())), *paths, *self.lines)  # the paths have what goes

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        changes = [{"path": shown(change.path), "action": change.action} for change in self.changes]
        return {**ThingPlan.as_dict(self), "changes": changes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan with what carrying it out needs, as long as its snapshot lies open."""

    site: TreeSite
    manner: Manner
    plan: TreePlan
    supply: Supply
    judgement: Judgement
    scanned: TreeCapture | None


def shown(path: str) -> str:
    """A path, fit to be shown."""
    return "".join(letter if letter.isprintable() else "?" for letter in path)


def site_of(source: str, ground: Ground) -> TreeSite:
    """The tree of that name.

    Raises:
        PlanBlocked: it is not configured any more.
    """
    for site in ground.trees:
        if site.name == source:
            return site
    raise PlanBlocked(f"there is no source {source} any more", hint="sources.NAME in the configuration makes one")


def scan(site: TreeSite, progress: Progress) -> TreeCapture | None:
    """The living tree; None where its root is not there.

    Raises:
        SourceUnreadable: it is there and cannot be read.
    """
    return site.source.scan(progress) if os.path.lexists(site.root) else None


@contextmanager
def drafted(wish: ThingWish, snapshot: Snapshot, ground: Ground, manner: Manner, progress: Progress) -> Iterator[Draft]:
    """The plan for a wish, on what is there now.

    Raises:
        PlanBlocked: a path is not in the snapshot, or is a mount point.
    """
    site = site_of(snapshot.source, ground)
    reading = TreeReading(ground.repository, ground.state_dir)
    listing = reading.listing(snapshot)
    paths = _paths(wish, snapshot, listing, site)
    with ExitStack() as stack:
        files = stack.enter_context(reading.opened(snapshot, listing))
        capture = scan(site, progress)
        progress.step("comparing")
        root = stack.enter_context(opened_root(site.root)) if capture is not None else None
        living = capture.entries if capture is not None else ()
        found = Comparison(listing, living, root, paths=paths, exact=wish.exact).run()
        changes = placed(root, found.changes)
        look = look_of(wish, snapshot, changes, files, LivingFiles(capture))
        judged = manner.judge(look)
        named = listed(list(map(shown, found.stays)), _ROOM)
        verb = "stays" if len(found.stays) == 1 else "stay"
        stays = f"{plural(len(found.stays), 'path')} not in the snapshot {verb}: {named}"
        plan = plan_of(
            wish.thing,
            site,
            changes,
            judged,
            owned=manner.owned,
            left_out=tuple(map(shown, found.left_out)),
            notes=((stays,) if found.stays else ()),
            nothing=f"everything is as in snapshot {snapshot.tail}",
            more=(snapshot.id,),
        )
        yield Draft(site=site, manner=manner, plan=plan, supply=SavedSupply(files), judgement=judged, scanned=capture)


def _paths(wish: ThingWish, snapshot: Snapshot, listing: Listing, site: TreeSite) -> tuple[str, ...]:
    paths, known = selected(wish.paths, str(site.root)), {entry.path for entry in listing.entries}
    for path in paths:
        if path not in known:
            alike = near(path, listing.entries)
            hint = f"it has {', '.join(map(shown, alike))}" if alike else "`!show` lists what it has"
            raise PlanBlocked(f"there is no {shown(path)} in snapshot {snapshot.tail}", hint=hint)
    return paths


def placed(root: int | None, changes: Sequence[Change]) -> tuple[Change, ...]:
    """With the places where they can be staged."""
    return tuple(Mounts(root).placed(changes)) if root is not None else tuple(changes)


def look_of(
    wish: ThingWish, snapshot: Snapshot | None, changes: Sequence[Change], coming: object, living: LivingFiles
) -> Look:
    """What the manner sees."""
    by = {
        action: tuple(change.path for change in changes if change.action == action)
        for action in ("create", "replace", "attributes", "remove")
    }
    return Look(
        wish=wish,
        snapshot=snapshot,
        coming=coming,  # type: ignore[arg-type]  # each of them is `Files`
        living=living,
        created=by["create"],
        replaced=by["replace"],
        attributes=by["attributes"],
        removed=by["remove"],
    )


def plan_of(
    thing: Thing,
    site: TreeSite,
    changes: tuple[Change, ...],
    judged: Judgement,
    *,
    owned: bool,
    left_out: tuple[str, ...],
    notes: tuple[str, ...],
    nothing: str,
    more: tuple[str, ...],
) -> TreePlan:
    """The words of it."""
    plan = TreePlan(
        kind=thing,
        name=site.name,
        source=site.name,
        changes=changes,
        coming_back=(*judged.coming, *_counted(changes)),
        going=tuple(shown(change.path) for change in changes if change.action == "remove"),
        conflicts=judged.conflicts,
        powers=judged.powers,
        left_out=left_out,
        notes=(*judged.notes, *notes, *_as_whom(changes)),
        lines=judged.details,
        now=judged.now,
        digest=digest_of_changes(changes, owned=owned, more=(*more, judged.digest, *map(str, judged.conflicts))),
    )
    if not changes:
        return replace(plan, blocked=nothing)
    return replace(plan, blocked=judged.blocked or _without_rights(site.root, changes))


def _counted(changes: Sequence[Change]) -> Iterator[str]:
    for action, word in _WORDS.items():
        found = [shown(change.path) for change in changes if change.action == action]
        if found:
            count = f"{plural(len(found), 'path')} {word}" if len(found) > 1 else f"1 path {word}"
            yield f"{count}: {listed(found, _ROOM // 2)}"


def _as_whom(changes: Sequence[Change]) -> tuple[str, ...]:
    mine = (os.geteuid(), os.getegid())
    others = [change for change in changes if change.new is not None and (change.new.uid, change.new.gid) != mine]
    if mine[0] == 0 or not others:
        return ()
    return (f"{plural(len(others), 'path')} will belong to uid {mine[0]}: only root can give them to their owners",)


def _without_rights(root: Path, changes: Sequence[Change]) -> str:
    """The first folder in which we may not do what must be done, in a sentence; "" = none."""
    folders = dict.fromkeys(
        place for change in changes if change.action != "attributes" for place in (parent(change.path), change.anchor)
    )
    if not os.path.lexists(root):
        return ""
    with opened_root(root) as opened:
        for path in folders:
            try:
                with opened_folder(opened, path) as folder:
                    if not os.access(".", os.W_OK | os.X_OK, dir_fd=folder, effective_ids=True):
                        return f"uid {os.geteuid()} may not write in {root / path}"
            except OSError:
                continue  # not there yet: it will be ours
    return ""


def propose(wish: ThingWish, snapshot: Snapshot, ground: Ground, manner: Manner, progress: Progress) -> ThingProposal:
    """The plan as it is shown. Changes nothing."""
    with drafted(wish, snapshot, ground, manner, progress) as draft:
        where = "" if not wish.paths else f" ({plural(len(wish.paths), 'path')} of it)"
        return ThingProposal(
            plan=draft.plan,
            wish=wish,
            snapshot=snapshot,
            headline=f"restore {named_thing(wish.thing, draft.site.name)}{where} into {draft.site.root}"
            f" from {snapshot.tail} of {show(snapshot.saved_at)}",
            made_at=ground.clock.now(),
            live_saved_at=draft.scanned.scanned_at if draft.scanned is not None else ground.clock.now(),
            restart=manner.restart,
            proof=_proof(snapshot, ground),
            why_second=draft.judgement.second,
        )


def _proof(snapshot: Snapshot, ground: Ground) -> str:
    if snapshot.held:
        return f"HELD: {snapshot.held}"
    proof = ground.ledger.standing(snapshot.id)
    return "proven" if proof is not None and proof.verdict == "proven" else "not verified yet"
