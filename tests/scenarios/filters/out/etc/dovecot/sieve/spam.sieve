# Rendered by Mailwright. Handles mail that Rspamd marked as spam; the operator's "before" script has run already.
require ["fileinto", "imap4flags", "mailbox", "special-use", "editheader", "variables"];

if header :is "X-Spam" "Yes" {
  if header :matches "Subject" "*" {
    set "subject" "${1}";
  }
  deleteheader "Subject";
  addheader :last "Subject" "[SPAM] \"maybe\" ${subject}";
  addflag "\\Seen";
  fileinto :create :specialuse "\\Junk" "Junk";
  stop;
}
