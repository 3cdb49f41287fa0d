"""Files that become accounts, contacts and dream clients."""
