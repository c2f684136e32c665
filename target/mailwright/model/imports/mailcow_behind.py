"""mailcow: the tables whose rows have no counterpart here, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mailwright.formats.mysql_dump import Row
from mailwright.model.imports.found import Found

WANTED: Mapping[str, tuple[str, ...]] = {
    "app_passwd": ("name", "mailbox", "active"),
    "sender_acl": ("logged_in_as", "send_as"),
    "transports": ("destination", "nexthop", "active"),
    "bcc_maps": ("local_dest", "bcc_dest", "type", "active"),
    "recipient_maps": ("old_dest", "new_dest", "active"),
    "tls_policy_override": ("dest", "policy", "active"),
    "filterconf": ("object", "option"),
    "forwarding_hosts": ("host",),
    "imapsync": ("user2", "host1", "active"),
    "domain_wide_footer": ("domain",),
    "tfa": ("username", "authmech", "active"),
    "fido2": ("username",),
}
# Table → kind, columns that name a row, and why it stays behind.
REASONS: Mapping[str, tuple[str, Sequence[str], str]] = {
    "app_passwd": (
        "app password",
        ("mailbox", "name"),
        "its hash has a salt, and Mailwright looks app passwords up by their hash; make a new one: "
        "setup email app-password add ADDRESS NAME",
    ),
    "sender_acl": (
        "permission to send",
        ("logged_in_as", "send_as"),
        "a login may send as the aliases whose mail it receives; make it a recipient of that alias",
    ),
    "transports": ("transport", ("destination", "nexthop"), "set transport_maps in postfix-main.cf"),
    "bcc_maps": (
        "copy (BCC)",
        ("local_dest", "bcc_dest"),
        "set recipient_bcc_maps or sender_bcc_maps in postfix-main.cf",
    ),
    "recipient_maps": ("recipient map", ("old_dest", "new_dest"), "set recipient_canonical_maps in postfix-main.cf"),
    "tls_policy_override": ("TLS policy", ("dest", "policy"), "set smtp_tls_policy_maps in postfix-main.cf"),
    "forwarding_hosts": ("forwarding host", ("host",), "put it into rspamd/override.d, as a map of trusted addresses"),
    "imapsync": ("sync job", ("user2", "host1"), "write it into fetchmail.cf, and set ENABLE_FETCHMAIL=1"),
    "domain_wide_footer": ("footer", ("domain",), "Mailwright adds no footers, since they break signatures"),
    "tfa": ("second factor", ("username", "authmech"), "is for mailcow's web page, not for mail"),
    "fido2": ("second factor", ("username",), "is for mailcow's web page, not for mail"),
}


def leave(result: Found, tables: Mapping[str, Sequence[Row]]) -> None:
    """``result`` names each active row of these tables; the lists of the spam filter once for each owner."""
    for table, (kind, columns, reason) in REASONS.items():
        for row in tables[table]:
            if row.get("active") != "0":
                result.leave(kind, " → ".join(row.get(name) or "" for name in columns), reason)
    owners: dict[str, int] = {}
    for row in tables["filterconf"]:
        owner = row.get("object") or ""
        owners[owner] = owners.get(owner, 0) + 1
    for owner, number in owners.items():
        what = f"{owner} ({number})"
        result.leave("spam rule", what, "Rspamd has the same rules for all accounts here; see rspamd/override.d")
