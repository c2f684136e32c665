# Rendered by Mailwright. What Rspamd marked as spam; operators' scripts have run before this one.
require ["fileinto", "imap4flags", "mailbox", "editheader", "variables"];

if header :is "X-Spam" "Yes" {
  if header :matches "Subject" "*" {
    set "subject" "${1}";
  }
  deleteheader "Subject";
  addheader :last "Subject" "[SPAM] \"maybe\" ${subject}";
  addflag "\\Seen";
  fileinto :create "Junk";
  stop;
}
