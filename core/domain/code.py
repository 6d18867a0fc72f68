"""Short codes that tired people read aloud and type: no look-alikes."""

import secrets

# No 0 O, no 1 I L, no U (read as V); digits and capitals only.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code(length: int) -> str:
    """A random code of `length` characters, from the system's secure source."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
