from __future__ import annotations

from mailwright.apply.converge import Watched
from mailwright.core import paths

NOTE, OTHER = (1, 2, 0o100644, 4, 5, 6), (1, 2, 0o100644, 4, 5, 7)
OWN, SECRET, FRESH = f"{paths.STATE}/tls/cert.pem", "/run/secrets/limit", "/etc/letsencrypt/live/x/fullchain.pem"
LAST = Watched("/config", (OWN, SECRET), seen={"/config/a.cf": NOTE, "/config/b.cf": NOTE, OWN: NOTE, SECRET: NOTE})


def test_the_files_that_changed_since_the_last_pass() -> None:
    now = {"/config/a.cf": OTHER, "/config/b.cf": NOTE, "/config/ssl/new.pem": NOTE, OWN: OTHER, SECRET: OTHER}
    assert LAST.changed(now) == ["a.cf", SECRET, "ssl/new.pem"]
    assert LAST.changed(LAST.seen) == []


def test_a_file_that_was_not_watched_before_is_no_cause() -> None:
    """A setting names it since now: the setting is the cause."""
    assert LAST.changed({**LAST.seen, FRESH: NOTE}) == []
