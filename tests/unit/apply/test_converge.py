from __future__ import annotations

from mailwright.apply.converge import Watched
from mailwright.core import paths

NOTE, OTHER = (1, 2, 0o100644, 4, 5, 6), (1, 2, 0o100644, 4, 5, 7)
FOLDER = (1, 2, 0o040700, 4, 5, 6)
OWN, SECRET, FRESH = f"{paths.STATE}/tls/cert.pem", "/run/secrets/limit", "/etc/letsencrypt/live/x/fullchain.pem"
LAST = Watched("/config", (OWN, SECRET), seen={"/config/a.cf": NOTE, "/config/b.cf": NOTE, OWN: NOTE, SECRET: NOTE})


def test_the_files_that_changed_since_the_last_pass() -> None:
    now = {"/config/a.cf": OTHER, "/config/b.cf": NOTE, "/config/ssl/new.pem": NOTE, OWN: OTHER, SECRET: OTHER}
    assert LAST.changed(now) == ["a.cf", SECRET, "ssl/new.pem"]
    assert LAST.changed(LAST.seen) == []


def test_a_certificate_of_a_ca_is_named_not_its_file() -> None:
    live = paths.ACME_LIVE
    first, web, key = (f"{live}/{name}" for name in ("mail.a.test.pem", "mta-sts.a.test.pem", "mail.a.test.next.pub"))
    last = Watched("/config", (live, first), seen={live: FOLDER, first: NOTE})
    assert last.changed({live: FOLDER, first: OTHER}) == ["the certificate of mail.a.test"]
    new = {live: (*FOLDER[:-1], 9), first: NOTE, web: NOTE, key: NOTE}
    assert last.changed(new) == ["the certificate of mta-sts.a.test", "the next key of mail.a.test"]
    assert last.changed({live: (*FOLDER[:-1], 9), first: NOTE}) == []  # as by a file that is not read


def test_a_file_that_was_not_watched_before_is_no_cause() -> None:
    """A setting names it since now: the setting is the cause."""
    assert LAST.changed({**LAST.seen, FRESH: NOTE}) == []
