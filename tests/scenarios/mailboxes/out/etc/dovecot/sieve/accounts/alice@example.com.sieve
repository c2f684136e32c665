require "vnd.dovecot.pipe";
if header :is "subject" "ticket" { pipe "ticket"; }
