"""The door to IRC: the only importer of the `irc` library (the demo's server is the other side of it)."""
