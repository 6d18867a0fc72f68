"""What comes back as a whole: a database, certificates, configuration, an IRCd's own files, any files."""
