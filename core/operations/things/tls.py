"""Certificates and keys: only a pair that fits comes, and every port must serve it afterwards, or the old one stays."""

from concurrent.futures import ThreadPoolExecutor

from core.certificates.certificate import Certificate
from core.domain.errors import ControlFailed, ProgramDown, ReloadRefused
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import Steps
from core.operations.site import TreeSite
from core.operations.things.ground import Ground
from core.operations.things.manner import Judgement, Look, PlainManner
from core.operations.things.tls_judging import judged
from core.operations.things.tls_sides import Afterwards, Lying, Shelf, Swap, shelf_of
from core.program_ports import Served

PATIENCE = 15.0  # seconds from a reload until every port serves what it should; InspIRCd looks for signals every 5
_PAUSE = 0.25
_AT_ONCE = 16  # handshakes


class TlsManner(PlainManner):
    """The program is told to read its certificates again, and nobody is disconnected; see the port."""

    def __init__(self, site: TreeSite, ground: Ground) -> None:
        super().__init__(site, ground)
        self._swap: Swap | None = None  # what was judged last: at the moment of a restore that is the plan itself
        told = "certificates are reloaded, nobody is disconnected"
        self.restart = told if site.reload is not None else "nobody is told: there is no reload"

    def judge(self, look: Look) -> Judgement:
        """Pairs, names and times of what comes, against what is served; see the port."""
        served, silent = self._served()
        swap = Swap(
            before=shelf_of(look.living, self.site.root),
            after=shelf_of(Afterwards(look), self.site.root),
            changed=frozenset(look.changed),
            served=served,
            silent=silent,
        )
        self._swap = swap
        now = self.ground.clock.now()
        return judged(swap, now=now, anyway=look.wish.anyway, is_undo=look.snapshot is None)

    def _served(self) -> tuple[dict[str, Served], dict[str, str]]:
        """By address, what is served, and why nothing is; side by side, since a silent port takes seconds to say so."""
        served: dict[str, Served] = {}
        silent: dict[str, str] = {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            looking = {address: pool.submit(self.ground.handshake.served, address) for address in self.site.serves}
        for address, look in looking.items():
            try:
                served[address] = look.result()
            except ControlFailed as error:
                silent[address] = error.message
        return served, silent

    def prove(self, record: RestoreRecord, steps: Steps) -> None:
        """The pairs are read again, from the disk; see the port."""
        del record
        steps.begin("reading keys and certificates again")
        lying = self._lying(steps).pairs
        for pair in self._swap.touched() if self._swap is not None else ():
            found = lying.get(pair.certificate)
            if found is None or (found.leaf, found.fit) != (pair.leaf, pair.fit):
                raise ReloadRefused(f"{self.site.root / pair.certificate} does not hold what was put there")
        steps.end("keys and certificates belong together")

    def _lying(self, steps: Steps) -> Shelf:
        return shelf_of(Lying(self.site.source.scan(steps.progress)), self.site.root)

    def after(self, record: RestoreRecord, steps: Steps) -> None:
        """Reload, then a handshake on every port; see the port."""
        del record
        if self.site.reload is None or self._is_down(steps) or not self._tell(steps):
            return
        if self.site.serves:
            steps.begin("looking at what is served")
            self._must_serve(self._expected(steps))
            steps.end(f"served on {', '.join(self.site.serves)}")

    def _is_down(self, steps: Steps) -> bool:
        """Whether the program does not run, as far as anybody can tell."""
        control = self.site.control
        try:
            is_down = control.can_act and not control.is_running()
        except ControlFailed:
            return False
        if is_down:
            steps.notes.append("nothing runs that could be told: it will read its certificates when it starts")
        return is_down

    def _tell(self, steps: Steps) -> bool:
        """Have it read them again. Where no port served anything and nobody can be told, nobody lives on them now.

        Where no port is known at all, only a program that is certainly down counts as nobody: a command that is
        misspelt must not pass for one.
        """
        if self.site.reload is None:
            return False
        steps.begin("asking for the certificates to be read again")
        try:
            steps.end(self.site.reload.reload("tls"))
        except ControlFailed as error:
            silent = self._swap is not None and not self._swap.served
            if not (silent and self.site.serves) and not (isinstance(error, ProgramDown) and not self.site.serves):
                raise
            before = ", and no port served anything before" if self.site.serves else ""
            steps.notes.append(f"nobody was told{before}: {error.message}")
            return False
        return True

    def _expected(self, steps: Steps) -> dict[str, frozenset[str]]:
        """By address: the fingerprints of which one must be served."""
        swap = self._swap
        if swap is not None:
            return {address: _prints(swap.expected(address)) for address in self.site.serves}
        lying = self._lying(steps)  # after a crash nobody knows what was served before
        leaves = _prints(tuple(pair.leaf for pair in lying.pairs.values()))
        return dict.fromkeys(self.site.serves, leaves)

    def _must_serve(self, expected: dict[str, frozenset[str]]) -> None:
        clock = self.ground.clock
        deadline = clock.monotonic() + PATIENCE
        while wrong := self._wrong(expected):
            if clock.monotonic() >= deadline:
                raise ReloadRefused(wrong)
            clock.sleep(_PAUSE)

    def _wrong(self, expected: dict[str, frozenset[str]]) -> str:
        for address, prints in expected.items():
            try:
                served = self.ground.handshake.served(address)
            except ControlFailed as error:
                return error.message
            if served.fingerprint not in prints:
                return f"{address} was told to reload, and serves another certificate than lies there now"
        return ""

    def went_back(self, record: RestoreRecord, steps: Steps) -> None:
        """Whoever was told is told again, and must serve what it served; see the port.

        That it cannot be told again is no matter where it serves the old ones all the same.
        """
        if record.step != "starting" or self.site.reload is None or self._is_down(steps):
            return
        try:
            self._tell(steps)
        except (ControlFailed, ReloadRefused) as error:
            steps.notes.append(f"the program could not be told that the old files are back: {error.message}")
        if self._swap is not None:
            served = self._swap.served.items()
            self._must_serve({address: frozenset({one.fingerprint}) for address, one in served})
        elif self.site.serves:
            self._must_serve(self._expected(steps))


def _prints(certificates: tuple[Certificate, ...]) -> frozenset[str]:
    return frozenset(one.fingerprint for one in certificates)
