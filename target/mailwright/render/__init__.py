"""A Mailserver to the Tree of every file that the daemons read."""
