"""What user-patches.sh names that this image does not have: scripts for docker-mailserver write to its folders."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core.problems import Problem
from mailwright.core.textfile import decode
from mailwright.model.inputs import Inputs

PATCHES = "user-patches.sh"
# The beginnings of paths that scripts write to, and what does the same here.
UNREAD = {
    "/etc/dovecot/conf.d": "put the lines into dovecot.cf in the config folder, in the syntax of Dovecot 2.4",
    "/etc/amavis": "Rspamd replaces Amavis; put files into rspamd/override.d in the config folder",
    "/etc/spamassassin": "Rspamd replaces SpamAssassin; put files into rspamd/override.d in the config folder",
    "/etc/mail/spamassassin": "Rspamd replaces SpamAssassin; put files into rspamd/override.d in the config folder",
    "/etc/opendkim": "Rspamd signs; setup config dkim makes keys, and keys in opendkim/ of the config folder are used",
    "/etc/opendmarc": "Rspamd checks DMARC",
    "/etc/postgrey": "Rspamd does greylisting: RSPAMD_GREYLISTING=1",
    "/etc/default/postgrey": "Rspamd does greylisting: RSPAMD_GREYLISTING=1",
    "/etc/fetchmailrc": "put the lines into fetchmail.cf in the config folder",
    "/etc/getmailrc": "put the options into getmail/getmailrc_general.cf in the config folder",
    "/etc/saslauthd": "Dovecot checks all passwords",
    "/etc/cron": "nothing runs cron here; run such jobs on the host with docker exec",
    "/etc/logrotate": "LOGROTATE_INTERVAL, LOGROTATE_COUNT and LOGROTATE_SIZE rotate the logs",
    "/usr/local/bin/helpers": "docker-mailserver's functions are not here: write with echo, and edit with sed",
    "/etc/supervisor/conf.d": "supervisord runs the programs of this image only; run others in containers of their own",
}
FOLDERS = tuple(
    path for path in UNREAD if path.startswith("/etc/") and "/default/" not in path and not path.endswith("rc")
)
NAMED = re.compile("|".join(map(re.escape, UNREAD)))


def unread(inputs: Inputs) -> Iterator[Problem]:
    """A warning for each place that the script names and that no program here reads, with its line."""
    content = inputs.sources.config.get(PATCHES)
    file, _ = decode(PATCHES, content if isinstance(content, bytes) else b"")
    seen: set[str] = set()
    for number, row in file.rows():
        for place in NAMED.findall(row):
            if place not in seen:
                seen.add(place)
                missing = (
                    f"no program of this image reads {place}"
                    if place.startswith("/etc/")
                    else f"{place} is not in this image"
                )
                yield Problem(file.at(number), missing, UNREAD[place], True)
