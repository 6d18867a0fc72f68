"""The grammar of commands. No IRC in here."""
