"""Where a living database is kept current, ready to be lived on: another path, another host."""
