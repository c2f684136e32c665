# Rendered by Mailwright. Handles mail that Rspamd marked as spam; the operator's "before" script has run already.
require ["fileinto", "imap4flags", "mailbox", "special-use"];

if header :is "X-Spam" "Yes" {
  fileinto :create :specialuse "\\Junk" "Junk";
  stop;
}
