"""Whether the certificates of one file are a chain: each signed by the next."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from core.certificates.certificate import Certificate


def is_bundle(certificates: Sequence[Certificate]) -> bool:
    """Whether they are authorities to be trusted, and no chain: the first of several signed itself."""
    return len(certificates) > 1 and certificates[0].signs_itself


def disorder(chain: Sequence[Certificate]) -> str:
    """What is wrong with a chain's order, in words that go behind a file's name; "" where nothing is."""
    for place, (below, above) in enumerate(pairwise(chain), start=2):
        if below.was_issued_by(above):
            continue
        if any(below.was_issued_by(other) for other in chain if other is not below):
            return f"is out of order: certificate {place} ({above.subject}) did not sign the one before it"
        return f"holds a certificate that is no part of its chain ({above.subject}, number {place})"
    return ""


def signer_is_missing(chain: Sequence[Certificate], others: Iterable[Certificate]) -> bool:
    """Whether who signed the first certificate is neither in its chain nor among others that are at hand."""
    first = chain[0]
    if first.signs_itself:
        return False
    return not any(first.was_issued_by(other) for other in (*chain[1:], *others))
