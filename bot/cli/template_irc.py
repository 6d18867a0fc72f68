"""Where the bot lives, and who may command: a part of the configuration's text."""

IRC = """\
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
"""
