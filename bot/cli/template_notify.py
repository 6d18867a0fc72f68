"""Where notices go beside the opers' channel: a part of the configuration's text."""

NOTIFY = """\
# Where trouble is told beside the opers' channel: as many as you like. Addresses of webhooks are secrets.
# `!test alerts` tries them all. What leaves the network holds no address, hostmask or hash, and of paths the end.
# [notify.discord]
# kind = "discord"
# url = { file = "/etc/backupserv/discord.url" }
# least = "warning"             # info, warning, error or emergency: what is less grave does not go there
# thread = "1234567890"         # the id of a thread, if it goes into one
# timeout_seconds = 15
# [notify.slack]                # and whatever takes Slack's form
# kind = "slack"
# url = { file = "/etc/backupserv/slack.url" }
# [notify.mail]
# kind = "mail"
# server = "mail.example.net"
# port = 587
# tls = "starttls"              # "always" for port 465; "never" on loopback alone
# ca_file = "/etc/backupserv/mail-ca.pem"
# user = "backupserv"
# password = { file = "/etc/backupserv/mail.password" }
# sender = "backupserv@example.net"
# to = ["opers@example.net"]
# [notify.pager]                # anything that takes JSON
# kind = "webhook"
# url = { file = "/etc/backupserv/pager.url" }
# body = { text = "$$network: $$headline", when = "$$at" }   # also $$title $$gravity $$state $$cause $$detail
#                               # $$suggestion $$count $$id
# header = { Authorization = { file = "/etc/backupserv/pager.token" } }
# [notify.prometheus]
# kind = "alertmanager"
# url = { file = "/etc/backupserv/alertmanager.url" }   # http://127.0.0.1:9093
# again_seconds = 60            # what is wrong is told again so often, or Alertmanager forgets it

"""
