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
# Or a compose project, by the engine's socket; our own container in it is left alone:
# kind = "compose"
# project = "irc"
# order = ["unrealircd", "atheme", "webpanel"]   # needed where docker-compose 1 made it; 2 writes it down itself
# leave = []                    # services of it that are neither stopped nor started
# may_be_killed = ["webpanel"]  # what has nothing to lose is killed if it does not end in time
# stop_seconds = 60
# healthy_seconds = 60
# socket = "/var/run/docker.sock"

"""
