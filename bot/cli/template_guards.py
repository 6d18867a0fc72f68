"""What is watched unasked: a part of the configuration's text."""

GUARDS = """\
# What is looked at unasked; what is found is told as trouble, with the one command that helps.
# [guards]
# every_seconds = 30
# objectives = true             # when more may be lost, or it would take longer, than [objectives] wants
# disk = true                   # before a disk is too full for the next saves
# saving = true                 # services have stopped saving: an emergency, and nothing is pruned while it lasts
# services = true               # services are down for more than a minute
# corrupt = true                # an empty database, a save that was cut short, a *.corrupt file of UnrealIRCd
# clock = true                  # the clock of this host jumped, or is behind the newest snapshot
# pace = true                   # where a snapshot took over 300 s, or three times what it usually takes
# copies = true                 # where a copy is behind
# copies_after = "6h"           # by how much it may be
# locks = true                  # before the lock of the newest snapshot in a bucket ends
# certificates = true           # from 30 days before one ends: of trees, of the ports that serve them, of IRC, our own
# keys = true                   # where nobody was seen to open anything for long
# keys_within = "365d"          # for how long a proof (`backupserv keys prove`) is good

# mass_change = true            # far more founders, access entries or drops than usual from one snapshot to the next

# [guards.canary]
# enabled = true                # change a property of the bot's own account, and look for it in the next save
# every = "1h"

# [guards.mass]
# percent = 20                  # of all there are, and at least 5
# times = 10                    # as many as usual, and at least 20

# A snapshot that lost this much against the last good one is held: stored, never the latest, and nothing is removed.
# [guards.shrink]
# percent = 50                  # more than so many percent of its accounts, nicks, channels … are gone
# least = 10                    # of fewer than these any number may go; of accounts and nicks never all

"""
