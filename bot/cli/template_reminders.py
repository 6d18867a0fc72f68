"""What people are reminded of: a part of the configuration's text."""

REMINDERS = """\
# What people should do again and again: monthly, quarterly, yearly or never, counted from the day on which it was done.
# What is due is told, and once a week again, until somebody says !done NAME.
# [reminders]
# key_rotation = "monthly"      # a new key for this host, where that is your rule
# retention_review = "monthly"
# recovery_test = "monthly"     # everything back, on a machine that may be lost
# drill = "quarterly"           # the worst night, practised by people
# plans_review = "quarterly"    # are bot.toml and the runbooks as things are?
# who_may = "quarterly"         # is everybody who may command still to be trusted?
# recovery_key = "yearly"       # does the recovery key open, typed from paper?

"""
