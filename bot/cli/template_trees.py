"""Trees of files, and the programs that live on them: a part of the configuration's text."""

TREES = """\
# Beside it, trees of files: configuration, logs, what users uploaded, certificates. As many as there are:
# [sources.config]
# kind = "files"                # "tls" for certificates, which go to the folder ssl
# folder = "config"             # in the repository: config, logs, users, ircd or ssl
# root = "/etc/unrealircd"
# paths = ["."]                 # what of the root; relative to it
# include = []                  # only files that match, like "*.conf" or "log/**"; [] = all
# exclude = ["*.log", "cache/**"]   # never taken anyway: pid files, sockets, pipes, devices
# bases = ["week", "day", "6h", "hour", "15min"]
# limit_bytes = 1099511627776
# limit_files = 1000000
# control = { kind = "none" }   # how the program that lives on them is stopped and started, as for services
# [sources.config.reload]       # how it is asked to read them again, with nobody disconnected
# kind = "command"
# test = ["/home/unrealircd/unrealircd/unrealircd", "configtest"]   # exit code 0 where it would live with them
# config = ["/home/unrealircd/unrealircd/unrealircd", "rehash"]
# tls = ["/home/unrealircd/unrealircd/unrealircd", "reloadtls"]     # certificates alone; default: as config
# timeout_seconds = 30
# Other kinds; each takes `test` and `timeout_seconds` as above:
#   kind = "signal"             # nothing answers: pidfile = "…", program = "…" (guards against a pid used again),
#                               # config = "HUP", tls = "USR1" (default: as config)
#   kind = "docker"             # container = "unrealircd", socket = "/var/run/docker.sock",
#                               # signal = "HUP", tls_signal = "USR1" (default: as signal), or commands inside it
#                               # instead: config = [...], tls = [...], test = [...]
#   kind = "unrealircd"         # UnrealIRCd itself, whose log is read: an error in it is a refusal
#                               # socket = "/home/unrealircd/unrealircd/data/unrealircd.ctl"
#                               # or rpc_socket = ".../data/rpc.socket" (rehashes all, also for certificates alone)
#   kind = "systemd"            # unit = "unrealircd.service", user = false: systemctl reload
# [sources.certificates]
# kind = "tls"
# root = "/etc/letsencrypt"
# serves = ["127.0.0.1:6697"]   # the TLS ports that must serve what was restored
# [sources.ircd]                # UnrealIRCd's own databases, each read to its last record: the rest is as of "files"
# kind = "unrealircd"
# root = "/home/unrealircd/unrealircd/data"
# secret = { file = "/etc/backupserv/unrealdb.password" }           # the password of its db-secret, if it has one
# history_secret = { file = "/etc/backupserv/history.password" }    # that of its channel history, if it is another
# exclude = []
# control = { kind = "none" }   # a restore stops it first: what it writes at its end would overwrite what comes back

"""
