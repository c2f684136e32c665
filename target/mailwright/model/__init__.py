"""Sources to a Mailserver, or to every Problem. Pure: nothing here reads the world."""
