"""The text of a configuration: the one source of `bot.example.toml` and of what `init` writes."""

import json
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Self

from bot.cli.looking import Found

_TEXT = Template("""\
# BackupServ. Every key with its meaning; what is commented out shows its default.
# `backupserv check` proves it, and names every mistake at once.

# Proofs, audit trail, and the database as it was before each restore. For the bot's user alone.
state_dir = $state

[network]
name = "ExampleNet"             # the folder of this network in the repository
# host = "services1"            # the folder of this host; default: its host name

[keys]
# To whom snapshots are sealed (age): this host, and a recovery key that is kept somewhere else.
recipients = [
  $host_recipient,
  $recovery_recipient,
]
# Opens them on this host: needed to verify and to restore. Without it the host only seals.
identity = $identity
# passphrase = { file = "/etc/backupserv/identity.passphrase" }   # where `age -p` sealed that file
# Signs every snapshot; without it they are not signed.
signing = $signing
# Whose snapshots count: those of another host too. Default: this host's own.
trusted = [$trusted]

[storage.disk]
kind = "local"
path = $repository              # made if it is missing, mode 0700

# A copy on an SSH server, by SFTP:
# [storage.elsewhere]
# kind = "sftp"
# host = "backup.example.net"
# port = 22
# user = "backupserv"
# path = "backups"              # made if it is missing; a relative one starts where the user logs in
# known_hosts = "/etc/backupserv/known_hosts"   # the server's key must be in it: see ssh-keyscan
# key_file = "/etc/backupserv/sftp.key"         # private key, mode 0600; or password = { file = "…" }
# passphrase = { file = "/etc/backupserv/sftp.passphrase" }
# timeout_seconds = 30          # silence that means a lost connection
# keepalive_seconds = 15
# limit_bytes_per_second = 1000000              # of uploads; default: no limit
# write_once = false            # true where the server lets nobody rename or delete
# Or a bucket, of Amazon or of anybody who speaks its protocol. Lock what is stored:
# [storage.offsite]
# kind = "s3"
# bucket = "irc-backups"
# prefix = ""                   # a folder in the bucket
# endpoint = "https://s3.example.net"   # default: Amazon's, for the region
# region = "us-east-1"
# access_key = { file = "/etc/backupserv/s3.access" }     # both, or neither: then boto3's own places (a role, ~/.aws)
# secret_key = { file = "/etc/backupserv/s3.secret" }
# ca_file = "/etc/backupserv/ca.pem"    # where the endpoint's certificate is none that everybody trusts
# verify = true                 # false accepts any server; `check` then says so each time
# addressing = "auto"           # "path" (endpoint/bucket) or "virtual" (bucket.endpoint)
# checksums = "auto"            # "when_required" for servers that refuse SHA-256: Content-MD5 alone
# part_bytes = 8388608          # larger objects go in parts of this size, and are resumed; 5 MiB at least
# limit_bytes_per_second = 1000000      # default: as fast as it goes
# connect_seconds = 10
# answer_seconds = 60           # silence that means a dead connection
# lock = { mode = "governance", days = 30 }   # or "compliance", which nobody can lift; the bucket must know Object Lock

[sources.services]
kind = "atheme"
database = $database
config = $atheme_conf           # for casemapping, expiry and operators
# casemapping = "auto"          # "rfc1459" or "ascii" say it outright
# save_timeout_seconds = 30     # how long a save may take
# start_seconds = 30            # how long NickServ may take to answer after a start
# limit_bytes = 2147483648      # a larger file is not read
# bases = ["week", "day", "6h", "hour", "15min"]   # a full a week, and what rests on it; []: only fulls

# How services are asked to save, so that a backup is of this minute:
#   "irc"      UPDATE to OperServ, as the bot's own account (it needs general:admin)
#   "jsonrpc"  Atheme's JSON-RPC on loopback; works with IRC dead
#   "command"  a command of yours
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

# How services are stopped and started for a restore:
[sources.services.control]
kind = "pidfile"                # SIGTERM to the pid in a file; sees the process gone
pidfile = $pid_file
start = [$start]                # a list of words, no shell
# program = "atheme-services"   # the process must bear this name: guards against a pid used again
# timeout_seconds = 30
# Other kinds:
#   kind = "command"            # stop = [...], start = [...], status = [...] (exit code 0 while they run)
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

# What `prune` leaves: the first snapshot of each of the newest hours, days, … that have one, and every one of the last
# two days. The newest, the newest proven, pinned ones, and what these rest on stay in any case.
[retention]
# keep_last = 0
# within = "48h"                # every snapshot of so long before the newest
# hourly = 168
# daily = 7
# weekly = 4
# monthly = 12
# yearly = 0
# [retention.storage.disk]      # otherwise for one storage, or one source: what is left out is as above
# monthly = 24
# [retention.sources.services]
# within = "7d"

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

[irc]
server = "irc.example.net"
# servers = ["irc2.example.net", "irc3.example.net:6698", "[2001:db8::1]:6697"]   # tried in turn after it
# port = 6697                   # where an address names none
# nick = "BackupServ"
# username = "backup"
# realname = "Backup and recovery"
channel = "#opers"
# channel_key = { file = "/etc/backupserv/channel.key" }
# lines_per_second = 5          # default: what such a server bears; faster only where it exempts the bot
# ping_interval_seconds = 60    # idle time before the bot asks whether the server is there
# ping_timeout_seconds = 120    # silence that means a dead link
# reconnect_seconds = 2         # first wait; doubles, with jitter
# reconnect_limit_seconds = 300
# nick_check_seconds = 60       # how often it asks whether its own nick is free again
# trusted_servers = []          # with any here, only people on these servers, and on the bot's own, do more than look
# nickserv = "NickServ"
# chanserv = "ChanServ"         # asked for an invitation, the key or the end of a ban, where the channel is shut
# regain = ["REGAIN", "GHOST"]  # how NickServ is asked for the nick while somebody else has it; [] = never

[irc.tls]
# mode = "always"               # "sts" begins in plaintext, until the server asks for TLS; "never": plaintext, loudly
# verify = true                 # false accepts any server: anybody on the way can read and command
# ca_file = "/etc/backupserv/ca.pem"
# fingerprint = "…"             # SHA-256 of the server's certificate: pins it, instead of a CA
# certificate = "/etc/backupserv/bot.pem"   # ours, for EXTERNAL
# key = "/etc/backupserv/bot.key"

# The bot's own services account. Secrets lie in a file (mode 0600), a systemd credential, or the environment:
# [irc.sasl]
# mechanism = "auto"            # the best of EXTERNAL ([irc.tls] certificate), ECDSA-NIST256P-CHALLENGE (key),
#                               # SCRAM-SHA-256 and PLAIN (password) that the server offers; or one of these, alone
# account = "BackupServ"
# password = { file = "/etc/backupserv/sasl.password" }   # or { credential = "sasl" } or { env = "BACKUPSERV_SASL" }
# key = "/etc/backupserv/sasl.key"
# required = false              # true: stays away, and comes again, while it cannot log in
# plain_without_tls = false     # true lets everybody on the way read the password
# nickserv_server = "services.example.net"   # where the server knows no SASL (ngIRCd): NickServ on that server, and
#                               # nobody else, is told the password (IDENTIFY), over TLS only

# Optional: lets the bot see hidden opers, and ask OperServ where services want an oper:
# [irc.oper]
# name = "backupserv"
# password = { file = "/etc/backupserv/oper.password" }

# Who is asked about the sender of a command. "auto" asks by WHOIS, or what is better on the server that it finds:
# [irc.oracle]
# kind = "auto"                 # or "whois", or "unrealircd"
# socket = "/home/unrealircd/unrealircd/data/rpc.socket"   # UnrealIRCd: sees hidden opers and operclass, needs no oper
# url = "https://127.0.0.1:8600/api"      # or by HTTPS, with an rpc-user:
# user = "backupserv"
# password = { file = "/etc/backupserv/rpc.password" }
# ca_file = "/etc/backupserv/rpc-ca.pem"

[access]
# Whose commands are obeyed: these services accounts, each with every role, and only while they are IRC operators.
accounts = ["alice", "carol"]
# break_glass = ["alice"]       # may do alone, heard by everybody, what takes a second oper
# any_oper = ["view"]           # what an IRC operator may who is nobody of these: view, backup, restore
# [access.operclasses]          # the same for a class of opers, where the server tells it
# netadmin = ["view", "backup", "restore"]
# Or people one by one. Each of these proofs is enough, of who is an IRC operator; while services are down, nobody new
# has an account:
# [access.people.dave]
# account = "dave"              # or accounts = ["dave", "dave_"]
# certfps = ["ab12…"]           # SHA-256 of client certificates
# opers = ["dave"]              # oper logins, where the server tells them to the bot
# totp = { file = "/var/lib/backupserv/totp/dave.secret" }   # one-time codes: `backupserv totp dave` makes it
# roles = ["restore", "approve"]    # view · backup (with view) · restore (with both) · approve · admin (all)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What differs from host to host."""

    state: Path
    recipients: tuple[str, str]
    trusted: str
    repository: Path
    database: Path
    atheme_conf: Path
    pid_file: Path
    program: Path
    user: str
    start: tuple[str, ...]

    @classmethod
    def of(cls, found: Found, *, state: Path, recipients: tuple[str, str], trusted: str) -> Self:
        """From what was found; where nothing was, Debian's places."""
        atheme = found.atheme
        return cls(
            state=state,
            recipients=recipients,
            trusted=trusted,
            repository=state / "repository",
            database=atheme.database if atheme else Path("/var/lib/atheme/services.db"),
            atheme_conf=atheme.config if atheme else Path("/etc/atheme/atheme.conf"),
            pid_file=atheme.pid_file if atheme else Path("/run/atheme/atheme.pid"),
            program=atheme.program if atheme else Path("/usr/bin/atheme-services"),
            user=atheme.user if atheme else "irc",
            start=("systemctl", "start", "atheme-services"),
        )


EXAMPLE = Values.of(
    Found(atheme=None, ircds=()),
    state=Path("/var/lib/backupserv"),
    recipients=(
        "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
        "age1pppppppppppppppppppppppppppppppppppppppppppppppppppppppppp",
    ),
    trusted="RWQnryJkIjQ/QRrTDmrpOetyqZPytesj2eIeT83cUGS1UUY6c+Tq6nW+",
)


def render(values: Values) -> str:
    """The configuration's text."""
    quoted = {
        "state": values.state,
        "host_recipient": values.recipients[0],
        "recovery_recipient": values.recipients[1],
        "identity": values.state / "host.key",
        "signing": values.state / "signing.key",
        "trusted": values.trusted,
        "repository": values.repository,
        "database": values.database,
        "atheme_conf": values.atheme_conf,
        "pid_file": values.pid_file,
        "program": values.program,
        "user": values.user,
    }
    # A JSON string is a TOML string.
    words = {name: json.dumps(str(value), ensure_ascii=False) for name, value in quoted.items()}
    return _TEXT.substitute(words, start=", ".join(json.dumps(word) for word in values.start))


if __name__ == "__main__":
    print(render(EXAMPLE), end="")
