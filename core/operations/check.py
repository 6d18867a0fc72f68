"""The probes that prove a configuration: each does the real thing, small."""

import os
from collections.abc import Callable, Iterator
from functools import partial

from core.disk import free_space, make_private_folder, modified_at
from core.domain.errors import ControlFailed, OnlySeals, StorageFull
from core.domain.size import show_size
from core.operations.check_trees import tree_probes
from core.operations.engine import Engine
from core.operations.replaceable import must_be_replaceable
from core.operations.site import Site
from core.operations.standby import Standby
from core.ports import Progress
from core.program_ports import Remarking
from core.registrations.words import plural
from core.repository.probing import probe_keys, probe_storage

Probe = Callable[[], str]


def probes(engine: Engine) -> Iterator[tuple[str, Probe]]:
    """Name and probe, in the order in which an operator would mend them."""
    yield "state directory", partial(_state, engine)
    yield "who was forgotten", partial(_forgotten, engine)
    yield "keys", partial(_keys, engine)
    for place in (engine.repository, *engine.copies):
        yield f"storage {place.name}", partial(probe_storage, place.storage, place.root)
    for standby in engine.standbys.standbys if engine.standbys is not None else ():
        yield f"standby {standby.name}", partial(_standby, standby)
    for site in engine.sites:
        saved: list[str] = []
        yield f"source {site.name}", partial(_source, site, saved)
        yield f"services of {site.name}", partial(_control, site)
        yield f"asking {site.name} to save", partial(_ask, site, saved)
        yield f"rehearsal of {site.name}", partial(_rehearsal, site)
        yield f"space for {site.name}", partial(_space, site)
        yield f"a restore of {site.name}", partial(_replaceable, site)
    yield from tree_probes(engine)


def _state(engine: Engine) -> str:
    make_private_folder(engine.state_dir)
    mode = engine.state_dir.stat().st_mode & 0o777
    if mode & 0o077:
        raise ControlFailed(
            f"others can look into {engine.state_dir} (mode {mode:04o})", hint=f"chmod 700 {engine.state_dir}"
        )
    if not os.access(engine.state_dir, os.W_OK):
        raise ControlFailed(f"{engine.state_dir} is not writable for uid {os.geteuid()}")
    return f"{engine.state_dir}, private and writable"


def _forgotten(engine: Engine) -> str:
    held = sum(stone.holds for stone in engine.tombstones.forgotten().tombstones)
    return f"{plural(held, 'tombstone')}, readable with their key" if held else "nobody"


def _keys(engine: Engine) -> str:
    try:
        return probe_keys(engine.repository.sealer)
    except OnlySeals:
        return "not opened here: this host only seals; `backupserv keys prove FILE` proves who opens"


def _standby(standby: Standby) -> str:
    try:
        return standby.replica.probe()
    finally:
        standby.replica.close()


class _Quiet:
    def step(self, text: str) -> None:
        """Probes are short."""


def _source(site: Site, saved: list[str]) -> str:
    quiet: Progress = _Quiet()
    capture = site.source.capture(quiet)
    saved.append(site.name)
    warned = f"; {len(capture.findings)} warnings, the first: {capture.findings[0]}" if capture.findings else ""
    return f"{capture.counts.get('accounts', 0):,} accounts, {capture.counts.get('channels', 0):,} channels{warned}"


def _control(site: Site) -> str:
    if not site.control.can_act:
        return "not touched: control is none"
    state = "running" if site.control.is_running() else "can be told: they are down now"
    remarks = site.control.remarks() if isinstance(site.control, Remarking) else ()
    return "; ".join((state, *remarks))


def _ask(site: Site, saved: list[str]) -> str:
    if not site.services.can_save:
        return "not asked on the command line: ask is none or irc"
    if not saved:
        raise ControlFailed(f"not seen to work: source {site.name} failed", hint="mend that first")
    return "works (the source was saved anew)"


def _rehearsal(site: Site) -> str:
    if site.rehearsal is None:
        return "not configured"
    quiet: Progress = _Quiet()
    return site.rehearsal.load(site.database.read_bytes(), quiet)


def _replaceable(site: Site) -> str:
    must_be_replaceable(site)
    return "changes rows in place" if site.source.kind == "sqlite" else f"{site.database} can be replaced"


def _space(site: Site) -> str:
    modified_at(site.database)  # where it is missing, this says so
    folder, size = site.database.parent, site.database.stat().st_size
    free = free_space(folder)
    if free < 3 * size + (1 << 20):
        raise StorageFull(
            f"{folder} has only {show_size(free)} free", hint="a save on a full disk destroys the database: free space"
        )
    return f"{show_size(free)} free in {folder}"
