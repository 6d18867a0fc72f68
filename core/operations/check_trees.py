"""The probes of trees of files: that they can be read, what is wrong with what is in them, and what ports serve."""

from collections.abc import Callable, Iterator
from functools import partial

from core.certificates.words import day, days
from core.domain.counted import tally
from core.domain.errors import ControlFailed
from core.domain.finding import Finding, Severity
from core.operations.engine import Engine
from core.operations.site import TreeSite
from core.operations.things.tls_sides import Lying, shelf_of
from core.ports import Progress
from core.registrations.words import plural

# Warnings that are more than one here: a backup of it is good, and the network is not.
_BAD = frozenset({"expired", "corrupt", "failed-saves"})


def tree_probes(engine: Engine) -> Iterator[tuple[str, Callable[[], str]]]:
    """Name and probe."""
    for tree in engine.trees:
        yield f"source {tree.name}", partial(_source, tree)
        if tree.control.can_act:
            yield f"program of {tree.name}", partial(_program, tree)
        if tree.reload is not None and tree.reload.can_test:
            yield f"configuration of {tree.name}", tree.reload.test
        for address in tree.serves if tree.thing == "tls" else ():
            yield f"port {address} of {tree.name}", partial(_port, tree, address, engine)


class _Quiet:
    def step(self, text: str) -> None:
        """Probes are short."""


def _source(tree: TreeSite) -> str:
    quiet: Progress = _Quiet()
    capture = tree.source.scan(quiet)
    bad = [finding for finding in capture.findings if _is_bad(finding)]
    if bad:
        more = f"; and {plural(len(bad) - 1, 'fault')} more" if len(bad) > 1 else ""
        raise ControlFailed(f"{bad[0]}{more}")
    found = capture.findings
    warned = f"; {plural(len(found), 'warning')}, the first: {found[0]}" if found else ""
    return f"{tally(capture.counts)}{warned}"


def _program(tree: TreeSite) -> str:
    return "running" if tree.control.is_running() else "can be told: it is down now"


def _is_bad(finding: Finding) -> bool:
    return finding.severity > Severity.WARNING or finding.code in _BAD


def _port(tree: TreeSite, address: str, engine: Engine) -> str:
    """What it serves now must be among what lies there."""
    quiet: Progress = _Quiet()
    served = engine.handshake.served(address)
    lying = shelf_of(Lying(tree.source.scan(quiet)), tree.root)
    if served.fingerprint not in {pair.leaf.fingerprint for pair in lying.pairs.values()}:
        raise ControlFailed(
            f"it serves another certificate than lies in {tree.root}, until {day(served.ends_at)}: was it reloaded?",
            hint="have the program reload its certificates, or correct root and serves",
        )
    left = served.ends_at - engine.clock.now()
    state = f"{days(left)} left" if served.ends_at > engine.clock.now() else "EXPIRED"
    return f"serves {(*served.names, 'nobody')[0]} until {day(served.ends_at)} ({state})"
