"""What the container's process must be allowed to do, whatever the settings are."""

from __future__ import annotations

from mailwright.core.problems import Problem

# Bits of capabilities(7). KILL and NET_BIND_SERVICE are needed too, but not by every container runtime.
NEEDED = {"CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3, "SETGID": 6, "SETUID": 7, "SYS_CHROOT": 18}


def lacking(uid: int, capabilities: int) -> list[Problem]:
    """A Problem if a process of user ``uid`` with these ``capabilities`` can't run the daemons as their users."""
    if uid:
        hint = "remove user: from compose.yaml, or --user; each daemon then runs as its own user"
        return [Problem("container", f"runs as user {uid}, but must start as root", hint)]
    missing = ", ".join(name for name, bit in NEEDED.items() if not capabilities >> bit & 1)
    hint = "add them to cap_add in compose.yaml, as in Mailwright's compose.yaml"
    return [Problem("container", f"lacks the capabilities {missing}", hint)] if missing else []
