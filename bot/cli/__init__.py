"""The command line: the same verbs as the chat, with IRC dead."""
