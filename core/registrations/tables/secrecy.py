"""Which columns hold what nobody may read."""

_SECRET = ("pass", "hash", "token", "salt", "key", "secret", "cookie", "otp", "hmac")
# Columns that name who did it: staff and others are other people.
_OTHERS = frozenset(
    {"setter", "setby", "set_by", "addedby", "added_by", "creator", "created_by", "assigner", "modified_by", "by"}
)


def is_secret(column: str) -> bool:
    """Whether its name says that it opens or guards an account."""
    return any(word in column.lower() for word in _SECRET)


def names_others(column: str) -> bool:
    """Whether it says who gave, set or approved something."""
    return column.lower() in _OTHERS
