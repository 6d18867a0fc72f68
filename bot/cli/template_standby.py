"""Where the living database is kept ready to be lived on: a part of the configuration's text."""

STANDBY = """\
# A standby: after each backup the database is put there as it is, in plain text, ready to be lived on; `backupserv
# promote NAME` makes it the live one. Never the file that services live on.
# [standby.spare]
# kind = "local"
# path = "/srv/standby/services.db"             # its folder must be there: the place of another disk
# owner = "irc:irc"             # default: whom the bot runs as; mode 0600 always
# source = "services"           # which database; default: the services database
# [standby.other]
# kind = "sftp"                 # on another host: the same keys as of a storage
# host = "standby.example.net"
# user = "irc"
# path = "standby/services.db"
# known_hosts = "/etc/backupserv/known_hosts"
# key_file = "/etc/backupserv/sftp.key"         # or password = { file = "…" }; port, passphrase, …
# owner = "104:110"             # there, in numbers, where the SSH user is root
# [standby.other.old]           # how `promote` here stops the services that live elsewhere now
# kind = "command"
# stop = ["ssh", "irc@services.example.net", "systemctl", "stop", "atheme-services"]
# start = ["ssh", "irc@services.example.net", "systemctl", "start", "atheme-services"]
# status = ["ssh", "irc@services.example.net", "systemctl", "is-active", "atheme-services"]

"""
