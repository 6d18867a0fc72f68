"""Incidents and the durable outbox: what went wrong is told once, counted, and never lost before it was heard."""
