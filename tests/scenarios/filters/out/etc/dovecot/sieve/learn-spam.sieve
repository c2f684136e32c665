# Rendered by Mailwright. A user put mail into Junk.
require ["vnd.dovecot.execute", "imapsieve"];
execute :pipe "learn" "spam";
