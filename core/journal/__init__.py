"""The audit trail: a chain of lines, written by many, which anybody can check."""
