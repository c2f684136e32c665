"""Every folder that daemons, templates and the operator share."""

from __future__ import annotations

CONFIG = "/tmp/docker-mailserver"  # noqa: S108  the contract's name
MAIL = "/var/mail"
STATE = "/var/mail-state"
LOG = "/var/log/mail"
LETSENCRYPT = "/etc/letsencrypt"
DERIVED_TEMPLATES = "/etc/mailwright/templates"

RUN = "/run/mailwright"
RENDERED = f"{RUN}/etc"  # the image's /etc/postfix and the like lead here
STAGED = f"{RUN}/staged"
STREAM = f"{RUN}/stdout"  # leads to the container's standard output

QUEUE = f"{STATE}/spool-postfix"
POSTFIX_DATA = f"{STATE}/lib-postfix"
DOVECOT_STATE = f"{STATE}/lib-dovecot"
SELF_SIGNED = f"{STATE}/tls"

CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
