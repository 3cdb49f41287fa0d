"""Pages of the first run, of invitations and of the settings."""
