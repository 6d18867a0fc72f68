"""Which certificate is used with which key: by folders and names, since nothing else tells."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from core.certificates.certificate import Certificate
from core.certificates.pem import Key, Pem

Fit = Literal["fits", "differs", "unchecked", "alone"]  # "alone": there is no key for it
_ROLES = re.compile(
    r"(full-?chain|chain|certificate|cert|crt|cer|private|privkey|priv|key|public|pub|bundle|combined|pem)(?=\d*$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A certificate that a server would show, and the key beside it."""

    certificate: str  # path
    key: str  # path; "" where there is none
    chain: tuple[Certificate, ...]  # as the file holds it, the server's own first
    fit: Fit

    @property
    def leaf(self) -> Certificate:
        """The server's own certificate."""
        return self.chain[0]


def pair_up(used: Mapping[str, Mapping[str, Pem]], keys: Collection[Key]) -> tuple[Pair, ...]:
    """Every certificate for a server in every folder, with its key; `keys` are all there are anywhere."""
    pairs = [pair for names in used.values() for pair in _Folder(names, keys).pairs()]
    return tuple(sorted(pairs, key=lambda pair: pair.certificate))


class _Folder:
    """The names in one folder. Keys lie beside their certificates, or all of them elsewhere."""

    def __init__(self, names: Mapping[str, Pem], keys: Collection[Key]) -> None:
        self._chains = {name: pem.certificates for name, pem in names.items() if _is_for_a_server(pem)}
        self._keys = {name: pem.keys for name, pem in names.items() if pem.keys}
        self._everywhere = keys

    def pairs(self) -> Iterable[Pair]:
        """Every certificate that is for a server, and every authority that has a key beside it."""
        taken = {name: self._its_key(name, chain[0]) for name, chain in self._chains.items()}
        taken |= self._last_two(taken)
        for name, (key, fit) in taken.items():
            chain = self._chains[name]
            if fit != "alone" or not chain[0].is_authority:  # one that is only trusted has its key where it belongs
                yield Pair(certificate=name, key=key, chain=chain, fit=fit)

    def _last_two(self, taken: Mapping[str, tuple[str, Fit]]) -> dict[str, tuple[str, Fit]]:
        """Where one certificate and one key are left, they were meant for each other, whatever they are called."""
        keys = self._keys.keys() - {key for key, _ in taken.values()}
        alone = [name for name, (_, fit) in taken.items() if fit == "alone"]
        servers = [name for name in alone if not self._chains[name][0].is_authority]
        others = alone if len(taken) == len(alone) else []
        names = servers or others
        if len(keys) != 1 or len({self._chains[name][0].fingerprint for name in names}) != 1:
            return {}
        (key,) = keys
        return {name: (key, _fit(self._keys[key], self._chains[name][0])) for name in names}

    def _its_key(self, name: str, leaf: Certificate) -> tuple[str, Fit]:
        """The key that is meant for it by its name, or any that fits."""
        if name in self._keys:
            return name, _fit(self._keys[name], leaf)
        meant = [key for key in self._keys if _stem(key) == _stem(name)]
        for key in (*meant, *(() if meant else self._keys)):
            if _fit(self._keys[key], leaf) == "fits":
                return key, "fits"
        if meant and not self._is_shadowed(name, leaf):
            return meant[0], _fit(self._keys[meant[0]], leaf)
        return "", "fits" if self._fits_elsewhere(leaf) else "alone"

    def _is_shadowed(self, name: str, leaf: Certificate) -> bool:
        """Whether it is an authority beside a server's own certificate of the same name, as ca.pem beside cert.pem."""
        others = [chain[0] for other, chain in self._chains.items() if other != name and _stem(other) == _stem(name)]
        return leaf.is_authority and any(not other.is_authority for other in others)

    def _fits_elsewhere(self, leaf: Certificate) -> bool:
        return any(key.fits(leaf) for key in self._everywhere)


def _is_for_a_server(pem: Pem) -> bool:
    """A chain of authorities alone is for none; one that signed itself may be, as `openssl req -x509` makes them."""
    if not pem.certificates:
        return False
    first = pem.certificates[0]
    return not first.is_authority or (first.signs_itself and len(pem.certificates) == 1)


def _fit(keys: Iterable[Key], leaf: Certificate) -> Fit:
    fits = {key.fits(leaf) for key in keys}
    if True in fits:
        return "fits"
    return "unchecked" if None in fits else "differs"


def _stem(name: str) -> str:
    """A name without what says whether it is a key or a certificate: "irc.cert.pem" and "irc.key" are "irc"."""
    parts = re.split(r"[._-]", name.rpartition("/")[2].lower())
    return ".".join(part for part in (_ROLES.sub("", part) for part in parts) if part)
