"""A new identity for this host. The old ones stay in its file, so that old snapshots still open."""

from datetime import datetime
from pathlib import Path

from core.crypto.identities import (
    Passphrase,
    generate_identity,
    is_sealed,
    read_identities,
    seal_identities,
    unsealed,
)
from core.crypto.paper import identity_text
from core.disk import read_secret_bytes, write_whole


def add_identity(path: Path, passphrase: Passphrase | None, *, made_at: datetime) -> str:
    """Add a new identity to an identity file, sealed anew where it was sealed; returns its recipient.

    Raises:
        IdentityMissing, ConfigInvalid, SecretExposed: the file cannot be used.
        StorageFull, StorageUnavailable: it could not be written; it is as it was.
    """
    target = path.resolve()
    content, status = read_secret_bytes(target), target.stat()
    read_identities(content, str(path), passphrase)  # a file that does not open is not made worse
    sealed = passphrase if is_sealed(content) else None
    plain = unsealed(content, str(path), sealed) if sealed is not None else content
    identity, recipient = generate_identity()
    more = identity_text(identity, recipient, title="the identity of a host", made_at=made_at)
    text = plain.decode().rstrip("\n") + "\n\n" + more
    new = seal_identities(text, sealed()) if sealed is not None else text.encode()
    write_whole(target, [new], mode=status.st_mode & 0o777, owner=(status.st_uid, status.st_gid))
    return recipient
