"""Logging in to services: what is configured, what each mechanism says, and one attempt line by line."""
