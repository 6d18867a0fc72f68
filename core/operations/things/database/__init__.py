"""A whole database back from a snapshot: that of services, or any SQLite database that is a source."""
