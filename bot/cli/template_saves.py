"""How saves are followed: a part of the configuration's text."""

SAVES = """\
# Every save of a database becomes a snapshot as soon as it is written; nothing is asked for. Retention thins what ages.
# [saves]
# enabled = true
# every_seconds = 2             # how often to look where the kernel does not tell: network file systems
# calm_seconds = 60             # at most one a while of an SQLite database, in which every change is at once on disk

"""
