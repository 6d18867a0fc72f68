"""What is wrong, or soon will be, with the certificates and keys of a tree."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from core.certificates.certificate import Certificate
from core.certificates.chain import disorder, signer_is_missing
from core.certificates.inventory import Inventory, take_inventory
from core.certificates.pairs import Pair, pair_up
from core.certificates.words import day, days, told
from core.domain.errors import SourceUnreadable
from core.domain.finding import Finding, Severity
from core.domain.tree import ROOT, Entry, parent
from core.ports import Clock
from core.tree_ports import TreeMeaning, TreeReader

SOON = timedelta(days=30)
_UNREAD = "it is encrypted, or no key at all"
_OTHERS = 0o007
_MAY_ENTER = 0o001
_ORDER = (
    "pair-differs",
    "expired",
    "expires",
    "not-yet-valid",
    "pem-damaged",
    "key-exposed",
    "chain-order",
    "chain-incomplete",
    "key-missing",
    "names-missing",
    "key-unchecked",
    "key-stray",
    "link-loose",
    "unread",
)  # fmt: skip — the worst first, since few have room to tell all


class CertificateCheck:
    """Looks at a tree of certificates; see the port. `root` is the place that absolute links in it are written for."""

    def __init__(self, *, root: Path, clock: Clock) -> None:
        self._root = root
        self._clock = clock

    def look(self, entries: Sequence[Entry], reader: TreeReader) -> TreeMeaning:
        """Pairs, chains, names, times, and who may read the keys; see the port."""
        inventory = take_inventory(entries, partial(_read, reader), self._root)
        counts = {"certificates": len(inventory.certificates), "keys": len(inventory.keys)}
        found = {finding.text: finding for finding in _findings(inventory, entries, self._clock.now())}
        findings = sorted(found.values(), key=lambda finding: (_ORDER.index(finding.code), finding.text))
        return TreeMeaning(counts=counts, findings=tuple(findings))


def _read(reader: TreeReader, path: str, limit: int) -> bytes:
    with reader.open(path) as file:
        content = bytearray()
        while len(content) <= limit and (chunk := file.read(limit + 1 - len(content))):
            content += chunk
    if len(content) > limit:
        raise SourceUnreadable(f"{told(path)} grew beyond {limit} bytes")
    return bytes(content)


def _findings(inventory: Inventory, entries: Sequence[Entry], now: datetime) -> Iterator[Finding]:
    pairs = pair_up(inventory.used(), inventory.keys)
    yield from _times(inventory, now)
    for pair in pairs:
        yield from _of_pair(pair)
    yield from _chains(inventory, pairs)
    yield from _stray(inventory, pairs)
    yield from _exposed(inventory, entries)
    for path, pem in inventory.files.items():
        for trouble in pem.troubles:
            yield _warning("pem-damaged", f"{told(path)} {trouble}")
    for link, target in inventory.loose:
        yield _warning("link-loose", f"{told(link)} points to {target}, which is not saved with it")
    for trouble in inventory.troubles:
        yield _warning("unread", trouble)


def _times(inventory: Inventory, now: datetime) -> Iterator[Finding]:
    first: dict[str, tuple[str, Certificate]] = {}
    for names in inventory.used().values():
        for name, pem in names.items():
            for certificate in pem.certificates:
                first.setdefault(certificate.fingerprint, (name, certificate))
    for name, certificate in first.values():
        which = f"{told(name)} ({certificate.subject})"
        left = certificate.left(now)
        if left < timedelta():
            yield _warning("expired", f"{which} has EXPIRED: {days(-left)} ago, on {day(certificate.ends_at)}")
        elif left < SOON:
            yield _warning("expires", f"{which} expires in {days(left)}, on {day(certificate.ends_at)}")
        if certificate.begins_at > now:
            yield _warning("not-yet-valid", f"{which} is not valid before {day(certificate.begins_at)}")


def _of_pair(pair: Pair) -> Iterator[Finding]:
    name, key, leaf = told(pair.certificate), told(pair.key), pair.leaf
    if pair.fit == "differs":
        text = f"the key {key} does not belong to the certificate {name} ({leaf.subject})"
        yield Finding(line=0, severity=Severity.LOSES_DATA, code="pair-differs", text=text)
    if pair.fit == "unchecked":
        yield _warning("key-unchecked", f"whether the key {key} belongs to {name} cannot be checked: {_UNREAD}")
    if pair.fit == "alone":
        yield _warning("key-missing", f"the key of {name} ({leaf.subject}) is not saved with it")
    if not leaf.names:
        yield _warning("names-missing", f"{name} is for no name: no client can verify it")


def _chains(inventory: Inventory, pairs: Sequence[Pair]) -> Iterator[Finding]:
    for pair in pairs:
        if wrong := disorder(pair.chain):
            yield _warning("chain-order", f"{told(pair.certificate)} {wrong}")
        elif signer_is_missing(pair.chain, inventory.certificates):
            text = (
                f"who signed {told(pair.certificate)} ({pair.leaf.issuer}) is not saved with it: is its chain complete?"
            )
            yield _warning("chain-incomplete", text)


def _stray(inventory: Inventory, pairs: Sequence[Pair]) -> Iterator[Finding]:
    taken = {pair.key for pair in pairs}
    for names in inventory.used().values():
        for name, pem in names.items():
            for key in pem.keys:
                if name in taken or any(key.fits(certificate) for certificate in inventory.certificates):
                    continue
                if key.key:
                    yield _warning("key-stray", f"the key {told(name)} belongs to no certificate here")
                else:
                    yield _warning(
                        "key-unchecked", f"what the key {told(name)} belongs to cannot be checked: {_UNREAD}"
                    )


def _exposed(inventory: Inventory, entries: Sequence[Entry]) -> Iterator[Finding]:
    by_path = {entry.path: entry for entry in entries}
    for path, pem in inventory.files.items():
        entry = by_path[path]
        entry = by_path.get(entry.target, entry) if entry.type == "hardlink" else entry
        if pem.keys and entry.mode & _OTHERS and _is_open(path, by_path):
            yield _warning("key-exposed", f"others can read the private key {told(path)} (mode {entry.mode:04o})")


def _is_open(path: str, by_path: dict[str, Entry]) -> bool:
    """Whether everybody may enter every folder on the way, as far as the tree goes."""
    while path != ROOT:
        path = parent(path)
        folder = by_path.get(path)
        if folder is not None and not folder.mode & _MAY_ENTER:
            return False
    return True


def _warning(code: str, text: str) -> Finding:
    return Finding(line=0, severity=Severity.WARNING, code=code, text=text)
