# Rendered by Mailwright. A user took mail out of Junk; what goes to Trash from there is spam still.
require ["vnd.dovecot.execute", "imapsieve", "environment"];
if not environment :is "imap.mailbox" "Trash" {
  execute :pipe "learn" "ham";
}
