"""Pure values and decisions: no files, no clock, no network."""
