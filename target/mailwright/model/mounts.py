"""Mounts over files that this server renders or that only docker-mailserver reads: nothing would use their content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.formats.mountinfo import Mount
from mailwright.model.inputs import Inputs

# /etc/postfix and the like are links, so a mount there lies below one of these folders.
BEHIND_LINKS = re.compile(rf"(?:{paths.IMAGE}/default|{paths.RENDERED}|{paths.GENERATIONS}/\d+)/(?P<name>.+)")
SIEVE = "/usr/lib/dovecot/sieve"
# What in the config folder does the same, by the beginning of a path; the first that fits.
IN_CONFIG_FOLDER = {
    "/etc/rspamd/dkim": "rspamd/dkim",
    "/etc/rspamd": "rspamd/override.d",
    "/etc/dovecot": "dovecot.cf",
    "/etc/postfix/master.cf": "postfix-master.cf",
    "/etc/postfix": "postfix-main.cf",
    "/etc/fail2ban/fail2ban": "fail2ban-fail2ban.cf",
    "/etc/fail2ban": "fail2ban-jail.cf",
    f"{SIEVE}-global": "before.dovecot.sieve or after.dovecot.sieve",
    f"{SIEVE}-pipe": "sieve-pipe",
    f"{SIEVE}-filter": "sieve-filter",
}
# Of daemons that docker-mailserver has and this image has not.
ABSENT = re.compile(r"/etc/(amavis|opendkim|opendmarc|spamassassin|postgrey|fetchmail|getmail|cron|logrotate)")


def unused(inputs: Inputs) -> Iterator[Problem]:
    """A Problem for each mount whose content would not be used."""
    for mount in inputs.sources.mounts:
        path = asked_for(mount)
        if path.startswith(f"{SIEVE}-") or path != mount.point:
            yield _rendered(path)
        elif ABSENT.match(path):
            yield Problem("volumes", f"{path} is mounted, but no program of this image reads it", "", True)
        elif mount in ours((mount,)):
            yield Problem("volumes", f"{path} must not be mounted from the host", "use tmpfs: /run")


def asked_for(mount: Mount) -> str:
    """The path as the operator wrote it, before Docker followed the image's links."""
    match = BEHIND_LINKS.fullmatch(mount.point)
    return f"/etc/{match['name']}" if match else mount.point


def _rendered(path: str) -> Problem:
    what = f"{path} is mounted, but this image does not read files there"
    name = next((name for start, name in IN_CONFIG_FOLDER.items() if path.startswith(start)), "")
    hint = f"mount it at {paths.CONFIG}/{name}" if path.startswith(("/etc/rspamd", SIEVE)) and " " not in name else ""
    if name and not hint:
        hint = f"put its content into {name} in the config folder"
    return Problem("volumes", what, hint or "derive an image for other files")


def ours(mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """The mounts at or below the folders that a start empties. A tmpfs is the container's own."""
    folders = (paths.RUN, paths.DOVECOT_RUN)
    return tuple(
        mount
        for mount in mounts
        if mount.kind != "tmpfs" and any(f"{mount.point}/".startswith(f"{folder}/") for folder in folders)
    )
