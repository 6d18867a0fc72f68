"""What is done by itself, and the dead man's switch: a part of the configuration's text."""

SCHEDULE = """\
# What is done by itself, and when: all of this is so without a word. `!schedule` tells what ran and what comes next.
# [schedule]
# zone = "Europe/Berlin"        # of all times in it; default: this host's, or UTC
# enabled = true                # false: nothing is done by itself
# [schedule.jobs.full]          # a job differs from its default where something is said
# cron = "0 2 * * 0"            # minute, hour, day, month, weekday, as crontab(5) has them
# full = true
# enabled = true
# jitter = "0m"                 # begun up to so much later, an hour at most
# [schedule.jobs.incremental]
# cron = "0 2 * * 1-6"
# [schedule.jobs.sync]
# cron = "20 * * * *"
# [schedule.jobs.prune]
# cron = "30 3 * * *"
# [schedule.jobs.verify]
# cron = "0 4 * * *"
# [schedule.jobs.drill]         # the databases; `sources` names others
# cron = "0 5 * * 6"
# [schedule.jobs.drill-all]     # everything, as a recovery would bring it back
# cron = "0 6 1 1,4,7,10 *"
# [schedule.jobs.config]        # one of your own
# verb = "backup"               # backup, sync, verify, prune or drill
# every = "6h"                  # instead of cron; counted from midnight UTC
# sources = ["config"]          # of a backup: these alone
# ping = { url = { file = "/etc/backupserv/config.ping" } }   # a dead man's switch of its own

# A dead man's switch (healthchecks.io and its kin): is told when a job of the schedule begins and how it ended. It
# hears "good" only while the last run of every job was, and rings by itself when it hears nothing.
# [ping]
# url = { file = "/etc/backupserv/ping.url" }
# timeout_seconds = 10

"""
