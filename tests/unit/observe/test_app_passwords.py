from __future__ import annotations

import gzip
from pathlib import Path

from mailwright.observe.app_passwords import last_uses

LOG = """\
2030-01-02T03:04:05.6+00:00 mail dovecot: imap-login: Logged in: user=<a@b.c>, method=PLAIN, app-password=Phone
2030-01-03T03:04:05.6+00:00 mail auth-relay[9]: Logged in: user=<A@b.c>, rip=192.0.2.1, app-password=Phone
2030-01-04T03:04:05.6+00:00 mail dovecot: imap-login: Logged in: user=<a@b.c>, method=PLAIN, session=<x>
2030-01-05T03:04:05.6+00:00 mail postfix/smtpd[1]: warning: Logged in: user=<a b>, app-password=Forged
2030-01-06T03:04:05.6+00:00 mail postfix/smtpd[1]: reject: from=<"Logged in: user=<a@b.c>, app-password=Phone"@x>
2030-01-07T03:04:05.6+00:00 mail postfix/smtpd[1]: x auth-relay[9]: Logged in: user=<a@b.c>, app-password=Phone
2030-01-08T03:04:05.6+00:00 mail rspamd[1]: Logged in: user=<a@b.c>, app-password=Phone
"""


def test_the_last_use_of_each(tmp_path: Path) -> None:
    (tmp_path / "mail.log").write_text(LOG)
    old = tmp_path / "mail.log.2.gz"
    old.write_bytes(gzip.compress(LOG.replace("2030", "2029").replace("Phone", "Tablet").encode()))
    assert last_uses(tmp_path / "mail.log") == {
        "a@b.c/Phone": "2030-01-03T03:04:05",
        "a@b.c/Tablet": "2029-01-03T03:04:05",
    }
