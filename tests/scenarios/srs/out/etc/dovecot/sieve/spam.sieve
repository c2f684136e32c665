# Rendered by Mailwright. What Rspamd marked as spam; operators' scripts have run before this one.
require ["fileinto", "imap4flags", "mailbox"];

if header :is "X-Spam" "Yes" {
  fileinto :create "Junk";
  stop;
}
