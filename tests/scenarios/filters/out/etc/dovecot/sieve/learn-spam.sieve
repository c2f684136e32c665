# Rendered by Mailwright. A user moved mail into Junk.
require ["vnd.dovecot.execute", "imapsieve"];
execute :pipe "learn" "spam";
