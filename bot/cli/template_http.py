"""Where metrics and the status page are served: a part of the configuration's text."""

HTTP = """\
# Metrics for Prometheus, health, and a status page for a browser. Not served unless this table is there.
# [http]
# listen = "127.0.0.1:8350"     # beyond loopback it needs TLS, and a token or client certificates
# token = { file = "/etc/backupserv/http.token" }
# certificate = "/etc/backupserv/http.pem"
# key = "/etc/backupserv/http.key"
# client_ca = "/etc/backupserv/http-clients.pem"   # only who has a certificate of it is served; no token then

# The same figures in a file, for node_exporter's textfile collector; without [http] too.
# [metrics]
# textfile = "/var/lib/prometheus/node-exporter/backupserv.prom"
# every_seconds = 60

"""
