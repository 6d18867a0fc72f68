"""What is watched unasked: a part of the configuration's text."""

GUARDS = """\
# What is looked at unasked; what is found is told as trouble, with the one command that helps.
# [guards]
# every_seconds = 30
# objectives = true             # when more may be lost, or it would take longer, than [objectives] wants
# disk = true                   # before a disk is too full for the next saves

"""
