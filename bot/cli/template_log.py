"""What `backupserv run` writes on standard error: a part of the configuration's text."""

LOG = """\
# The log of `backupserv run`. A line bears its run (as in runs.jsonl) and its request (as in the audit trail).
# [log]
# format = "plain"              # or "json": one object a line
# level = "info"                # "debug", "info", "warning", "error"

"""
