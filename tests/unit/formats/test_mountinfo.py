from __future__ import annotations

from mailwright.formats.mountinfo import Mount, mounts

TEXT = """\
97 79 0:49 / /run rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw
104 97 254:0 /srv/o /run/mailwright/etc/rspamd/override.d rw,relatime master:1 - ext4 /dev/vda rw,discard
105 97 254:0 /srv/p /var/a\\040b\\134c ro - nfs4 host:/p rw
"""


def test_mounts() -> None:
    assert mounts(TEXT) == (
        Mount("/run", "tmpfs"),
        Mount("/run/mailwright/etc/rspamd/override.d", "ext4"),
        Mount("/var/a b\\c", "nfs4"),
    )
    assert mounts("") == ()
