"""What the network aims at: a part of the configuration's text."""

OBJECTIVES = """\
# How much may be lost (window) and how soon it should be back (recovery): measured by every save and every drill,
# told by `status`, and by a notice where it is missed.
# [objectives]
# living = { window = "1h", recovery = "1h" }           # databases, and the data folder of an IRCd
# configuration = { window = "24h", recovery = "24h" }  # all other trees of files
# whole = { window = "24h", recovery = "24h" }          # everything at once
# offsite = ["offsite"]         # storages that are not in this house; default: those that are not on this host
# [objectives.source.logs]      # one source alone
# window = "7d"
# recovery = "24h"

"""
