"""Where snapshots and their copies lie: a part of the configuration's text."""

STORAGES = """\
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

"""
