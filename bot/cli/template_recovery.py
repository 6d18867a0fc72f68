"""How the whole network comes back: a part of the configuration's text."""

RECOVERY = """\
# `backupserv recover` and `!restore all`: everything back, and the clock against which that is measured.
[recovery]
# objective = "60m"             # within which all should be back
# order = []                    # sources whose programs are started first; [] = the IRCd's, then services
# leave = ["logs"]              # folders that are left out; `--also logs` takes them along
# [recovery.unit]               # stops and starts all programs at once; default: each by its own control
# kind = "command"
# up = ["make", "-C", "/srv/irc", "up"]
# down = ["make", "-C", "/srv/irc", "down"]
# timeout_seconds = 300

"""
