"""kill -9 at the writes, flushes and renames of an undo: the database is whole, before or after, and the next run tells."""
