"""What ends a login, or one way of it."""


class Dishonest(Exception):
    """The server said what no server says that knows our account; nothing more is told to it."""


class Unusable(Exception):
    """What is configured cannot be said in this mechanism; another one may do."""
