# Rendered by Mailwright. A user moved mail out of Junk; mail moved to Trash is still spam.
require ["vnd.dovecot.execute", "imapsieve", "environment"];
if not environment :is "imap.mailbox" "Trash" {
  execute :pipe "learn" "ham";
}
