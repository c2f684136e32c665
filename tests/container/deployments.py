"""What docker-mailserver's pages tell operators to write, mount and set, and how its compose.yaml runs it."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from mailwright.formats.dkim_keys import written
from tests.container.docker import IMAGE, LABEL, docker
from tests.container.lab import Lab, Server, accounts
from tests.scenarios.scenario import HERE, Scenario

STATE = "/var/mail-state"
KEY = written(rsa.generate_private_key(public_exponent=65537, key_size=2048))
STOCK_ENV = Scenario(HERE / "moved" / "stock").environ
RSPAMD_ENV = {**Scenario(HERE / "moved" / "everything").environ, "UPDATE_CHECK_INTERVAL": "2d"}
COMPOSE = (
    *("--health-cmd", "ss --listening --ipv4 --tcp | grep --silent ':smtp' || exit 1"),
    *("--health-interval", "1s", "--health-timeout", "3s", "--stop-timeout", "60"),
    *(
        "-v",
        "/etc/localtime:/etc/localtime:ro",
        "-v",
        "/etc/localtime:/etc/cron.d/sa-learn:ro",
        "--cap-add",
        "NET_ADMIN",
    ),
)
# The pages on user-patches.sh, Amavis, Dovecot and running behind a proxy.
PATCHES = """\
#! /bin/bash
echo x > /etc/dovecot/conf.d/10-x.conf
echo x > /etc/amavis/conf.d/50-user
supervisorctl update
postconf -e 'smtpd_banner = $myhostname ESMTP patched'
postconf -Mf submission/inet | sed -e s/^submission/10587/ -e s/submission/submission-proxy/ >> /etc/postfix/master.cf
postconf -P 10587/inet/smtpd_upstream_proxy_protocol=haproxy
false
"""
DOVECOT_PROXY = """\
haproxy_trusted_networks = 0.0.0.0/0
service imap-login {
  inet_listener imap-proxied {
    haproxy = yes
    port = 10143
  }
}
"""
DOVECOT_2_3 = """\
mail_plugins = $mail_plugins fts fts_xapian
plugin {
  fts = xapian
}
mail_location = maildir:/var/mail/%d/%n
"""
JAIL = """\
[DEFAULT]
bantime = 1w
findtime = 1w
maxretry = 6
ignoreip = 127.0.0.1/8
banaction = nftables-allports

[dovecot]
enabled = true

[postfix]
enabled = true
mode = extra

[postfix-sasl]
enabled = true

[custom]
enabled = true
bantime = 180d
port = smtp,pop3,pop3s,imap,imaps,submission,submissions,sieve
"""
# What docker-mailserver's `setup config dkim` writes with Rspamd.
SIGNING = """\
enabled = true;
sign_authenticated = true;
sign_local = false;
try_fallback = false;
use_domain = "header";
use_redis = false; # don't change unless Redis also provides the DKIM keys
use_esld = true;
allow_username_mismatch = true;
check_pubkey = true; # you want to use this in the beginning
domain {
    moved.test {
        path = "/tmp/docker-mailserver/rspamd/dkim/rsa-2048-mail-moved.test.private.txt";
        selector = "mail";
    }
}
"""
LEARN = (
    f"mkdir {STATE}/lib-redis && redis-server --port 0 --unixsocket /tmp/r --daemonize yes --dir {STATE}/lib-redis "
    "--dbfilename dms-dump.rdb >&2 && until redis-cli -s /tmp/r set learnt yes; do sleep 0.05; done >&2 && "
    "redis-cli -s /tmp/r shutdown save && mkdir -p /var/mail/example.com/bob && chown -R 7:7 /var/mail/example.com"
)


def stock(lab: Lab) -> Server:
    """docker-mailserver's compose.yaml and mailserver.env with nothing changed but the image line.

    Its state has what Rspamd learnt, and its mail was restored as another user.
    """
    volumes = ("-v", f"{lab.volume('state')}:{STATE}", "-v", f"{lab.volume('mail')}:/var/mail")
    docker("run", "--rm", "--label", LABEL, *volumes, "--entrypoint", "sh", IMAGE, "-c", LEARN)
    everything = HERE / "moved" / "everything" / "in" / "config"
    files = {path.relative_to(everything).as_posix(): path.read_bytes() for path in _files(everything)}
    del files["postfix-send-access.cf"]  # bob may send in these tests
    config = lab.folder(
        files
        | {
            "postfix-accounts.cf": accounts("alice@example.com", "bob@example.com"),
            "opendkim/keys/example.com/mail.private": KEY,
            "opendkim/KeyTable": "mail._domainkey.example.com example.com:mail:/etc/opendkim/keys/mail.private\n",
            "user-patches.sh": PATCHES,
            "dovecot.cf": DOVECOT_PROXY,
        }
    )
    variables = [word for name, text in STOCK_ENV.items() for word in ("-e", f"{name}={text}")]
    options = ("--hostname", "mail.example.com", "-v", f"{config}:/tmp/docker-mailserver", *volumes, *variables)
    return lab.container("stock", *COMPOSE, *options, image=IMAGE)


def rspamd(lab: Lab) -> Server:
    """The set-up of the pages on Rspamd and fail2ban, run as our compose.yaml runs it."""
    config = {
        "postfix-accounts.cf": accounts("alice@moved.test", "bob@moved.test"),
        "bob@moved.test.dovecot.sieve": 'redirect "alice@moved.test";\n',
        "rspamd/dkim/rsa-2048-mail-moved.test.private.txt": KEY,
        "rspamd/override.d/dkim_signing.conf": SIGNING,
        "rspamd/custom-commands.conf": "disable-module chartable\nadd-line greylist.conf expire = 2d;\n",
        "fail2ban-jail.cf": JAIL,
        "fetchmail.cf": "poll 'imap.outside.test'\nproto imap\nuser 'bob'\npass 'secret'\nis 'bob@moved.test'\n",
    }
    return lab.mailserver("moved", config, RSPAMD_ENV, "--cap-add", "NET_ADMIN", ready=())


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
