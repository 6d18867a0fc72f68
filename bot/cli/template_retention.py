"""What `prune` leaves: a part of the configuration's text."""

RETENTION = """\
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

"""
