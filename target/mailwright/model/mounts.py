"""Mounts over files that this server renders or that only docker-mailserver reads: nothing would use their content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.formats.mountinfo import Mount
from mailwright.model.inputs import Inputs

# /etc/postfix and the like are links, so a mount there lies below one of these folders.
BEHIND_LINKS = re.compile(rf"(?:{paths.RENDERED}|{paths.GENERATIONS}/\d+)/(?P<name>.+)")
SIEVE = "/usr/lib/dovecot/sieve"
MOUNT, WRITE = f"mount it at {paths.CONFIG}/{{}}", "put its content into {} in the config folder"
# The cure, by the beginning of a path; the first that fits.
CURES = {
    "/etc/rspamd/dkim": MOUNT.format("rspamd/dkim"),
    "/etc/rspamd": MOUNT.format("rspamd/override.d"),
    f"{SIEVE}-pipe": MOUNT.format("sieve-pipe"),
    f"{SIEVE}-filter": MOUNT.format("sieve-filter"),
    f"{SIEVE}-global": WRITE.format("before.dovecot.sieve or after.dovecot.sieve"),
    "/etc/dovecot": WRITE.format("dovecot.cf"),
    "/etc/postfix/master.cf": WRITE.format("postfix-master.cf"),
    "/etc/postfix": WRITE.format("postfix-main.cf"),
    "/etc/fail2ban/fail2ban": WRITE.format("fail2ban-fail2ban.cf"),
    "/etc/fail2ban": WRITE.format("fail2ban-jail.cf"),
    "/etc/fetchmail": MOUNT.format("fetchmail.cf"),
    "/etc/getmail": MOUNT.format("getmail/getmailrc_general.cf"),
    "": "derive an image for other files",
}
# Where docker-mailserver has the files of programs that have theirs in other places here.
ELSEWHERE = ("/etc/fetchmailrc", "/etc/getmailrc")
# Of daemons that docker-mailserver has and this image has not.
ABSENT = re.compile(r"/etc/(amavis|opendkim|opendmarc|spamassassin|postgrey|cron|logrotate)")


def unused(inputs: Inputs) -> Iterator[Problem]:
    """A Problem for each mount whose content would not be used."""
    for mount in inputs.sources.mounts:
        path = asked_for(mount)
        if path.startswith((f"{SIEVE}-", *ELSEWHERE)) or path != mount.point:
            yield _rendered(path)
        elif ABSENT.match(path):
            yield Problem("volumes", f"{path} is mounted, but no program of this image reads it", "", True)
        elif is_ours(mount):
            yield Problem("volumes", f"{path} must not be mounted from the host", "use tmpfs: /run")


def asked_for(mount: Mount) -> str:
    """The path as the operator wrote it, before Docker followed the image's links."""
    match = BEHIND_LINKS.fullmatch(mount.point)
    return f"/etc/{match['name']}" if match else mount.point


def _rendered(path: str) -> Problem:
    cure = next(cure for start, cure in CURES.items() if path.startswith(start))
    return Problem("volumes", f"{path} is mounted, but this image does not read files there", cure)


def is_ours(mount: Mount) -> bool:
    """Whether ``mount`` is at or below a folder that a start empties. A tmpfs is the container's own."""
    folders = (paths.RUN, paths.DOVECOT_RUN)
    return mount.kind != "tmpfs" and any(f"{mount.point}/".startswith(f"{folder}/") for folder in folders)
