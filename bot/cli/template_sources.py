"""The services database, and how its program is reached: a part of the configuration's text."""

SOURCES = """\
[sources.services]
kind = "atheme"
database = $database
config = $atheme_conf           # for casemapping, expiry and operators
# casemapping = "auto"          # "rfc1459" or "ascii" say it outright
# commit_minutes = 5            # how often services save by themselves; default: what config says, or Atheme's 5
# save_timeout_seconds = 30     # how long a save may take
# start_seconds = 30            # how long NickServ may take to answer after a start
# limit_bytes = 2147483648      # a larger file is not read
# owner = "irc:irc"             # whom services run as, where no file says so yet; default: rehearsal.user
# bases = ["week", "day", "6h", "hour", "15min"]   # a full a week, and what rests on it; []: only fulls

# How services are asked to save, so that a backup is of this minute:
#   "irc"      UPDATE to OperServ, as the bot's own account (it needs general:admin)
#   "jsonrpc"  Atheme's JSON-RPC on loopback; works with IRC dead
#   "command"  a command of yours
#   "docker"   a signal inside a container, at which services save
#   "none"     never: the newest save is taken as it is
ask = { kind = "none" }
# ask = { kind = "irc", operserv = "OperServ", nickserv = "NickServ", timeout_seconds = 10 }
# [sources.services.ask]        # instead of the line above
# kind = "jsonrpc"
# url = "http://127.0.0.1:8080/jsonrpc"
# account = "BackupServ"
# password = { file = "/etc/backupserv/rpc.password" }
# timeout_seconds = 10
# ask = { kind = "command", save = ["systemctl", "reload", "atheme-services"], timeout_seconds = 10 }
# ask = { kind = "docker", container = "atheme", signal = "HUP", socket = "/var/run/docker.sock", timeout_seconds = 10 }

# How services are stopped and started for a restore:
[sources.services.control]
kind = "pidfile"                # SIGTERM to the pid in a file; sees the process gone
pidfile = $pid_file
start = [$start]                # a list of words, no shell
# program = "atheme-services"   # the process must bear this name: guards against a pid used again
# timeout_seconds = 30
# Other kinds:
#   kind = "command"            # stop = [...], start = [...], status = [...] (exit code 0 while they run)
#   kind = "docker"             # container = "atheme", socket = "/var/run/docker.sock" (or Podman's),
#                               # stop_seconds = 60 (never killed), healthy_seconds = 60 (0: nobody waits for health)
#   kind = "systemd"            # unit = "atheme-services.service", user = false (true: `systemctl --user`)
#   kind = "none"               # you say that services are down, and start them yourself

# Loads the result in the real program, cut off from the network, before anything is replaced:
[sources.services.rehearsal]
# kind = "atheme"
binary = $program
config = $atheme_conf
user = $user                    # used when the bot runs as root
# timeout_seconds = 60

# Or, instead of the tables above, accounts and channels in SQLite (account_table, nick_table, chan_table, …).
# It is copied and changed while programs use it; a program that keeps them in memory must be told to read them again.
# [sources.services]
# kind = "sqlite"
# database = "/var/lib/services/services.sqlite"
# casemapping = "rfc1459"       # or "ascii": how names compare
# busy_timeout_seconds = 10     # how long to wait for a program that locks the database
# limit_bytes = 2147483648

# Beside the services database, any other SQLite database. For the whole of it to come back its program is stopped;
# with control "none" it is replaced under the program, in one transaction.
# [sources.bans]
# kind = "sqlite"
# database = "/home/ircd/etc/ban.db"
# control = { kind = "none" }
# start_seconds = 30            # how long its program may take to start
# owner = "ircd:ircd"           # whom it runs as, where no file says so yet
# services = true               # where there are only SQLite databases, and several: the one of services

"""
