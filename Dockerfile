# Mailwright: Postfix and Dovecot on Debian 13, configured by one Python package.

FROM debian:13-slim AS wheel
ENV DEBIAN_FRONTEND=noninteractive
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-hatchling python3-pip \
    && rm -rf /var/lib/apt/lists/*
COPY pyproject.toml README.md LICENSE /src/
COPY templates /src/templates
COPY target /src/target
# The wheel alone: its libraries are Debian packages, below, so that there is one supply chain.
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --no-index --wheel-dir /wheel /src \
    && pip install --no-cache-dir --no-deps --no-index --no-compile --break-system-packages --root /out /wheel/*.whl \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /out

# All of Debian that the server needs.
FROM debian:13-slim AS system
# 0: without ClamAV, 28 MB less. ENABLE_CLAMAV=1 is then refused.
ARG CLAMAV=1
ENV DEBIAN_FRONTEND=noninteractive
# Fixed numbers: files on the volumes belong to them. Users, packages, names below /etc and ports are those that
# target/mailwright/services declares; tests/repository/test_dockerfile.py compares both.
RUN groupadd --system --gid 101 postfix && groupadd --system --gid 102 postdrop \
    && groupadd --system --gid 103 dovecot && groupadd --system --gid 104 dovenull \
    && groupadd --system --gid 105 redis && groupadd --system --gid 106 _rspamd \
    && groupadd --system --gid 107 clamav && groupadd --system --gid 108 unbound \
    && groupadd --system --gid 109 postsrsd && groupadd --system --gid 110 _mta-sts \
    && groupadd --system --gid 111 _oauth2 \
    && groupadd --system --gid 112 _sql-lookups \
    && groupadd --system --gid 113 _ldap-relay \
    && groupadd --system --gid 114 fetchmail && groupadd --system --gid 115 getmail \
    && groupadd --system --gid 117 _acme \
    && groupadd --system --gid 116 web && groupadd --system --gid 118 _nginx \
    && groupadd --system --gid 120 _profiles \
    && groupadd --gid 5000 vmail \
    && useradd --system --uid 101 --gid postfix --home-dir /var/spool/postfix --shell /usr/sbin/nologin postfix \
    && useradd --system --uid 103 --gid dovecot --home-dir /usr/lib/dovecot --shell /usr/sbin/nologin dovecot \
    && useradd --system --uid 104 --gid dovenull --home-dir /nonexistent --shell /usr/sbin/nologin dovenull \
    && useradd --system --uid 105 --gid redis --home-dir /var/lib/redis --shell /usr/sbin/nologin redis \
    && useradd --system --uid 106 --gid _rspamd --home-dir /var/lib/rspamd --shell /usr/sbin/nologin _rspamd \
    && useradd --system --uid 107 --gid clamav --home-dir /var/lib/clamav --shell /usr/sbin/nologin clamav \
    && useradd --system --uid 108 --gid unbound --home-dir /var/lib/unbound --shell /usr/sbin/nologin unbound \
    && useradd --system --uid 109 --gid postsrsd --home-dir /var/lib/postsrsd --shell /usr/sbin/nologin postsrsd \
    && useradd --system --uid 110 --gid _mta-sts --home-dir /var/lib/mta-sts --shell /usr/sbin/nologin _mta-sts \
    && useradd --system --uid 111 --gid _oauth2 --home-dir /nonexistent --shell /usr/sbin/nologin _oauth2 \
    && useradd --system --uid 112 --gid _sql-lookups --home-dir /nonexistent --shell /usr/sbin/nologin _sql-lookups \
    && useradd --system --uid 113 --gid _ldap-relay --home-dir /nonexistent --shell /usr/sbin/nologin _ldap-relay \
    && useradd --system --uid 114 --gid fetchmail --home-dir /var/mail-state/lib-fetchmail --shell /usr/sbin/nologin fetchmail \
    && useradd --system --uid 115 --gid getmail --home-dir /var/mail-state/lib-getmail --shell /usr/sbin/nologin getmail \
    && useradd --system --uid 117 --gid _acme --home-dir /nonexistent --shell /usr/sbin/nologin _acme \
    && useradd --system --uid 116 --gid web --home-dir /nonexistent --shell /usr/sbin/nologin web \
    && useradd --system --uid 118 --gid _nginx --home-dir /nonexistent --shell /usr/sbin/nologin _nginx \
    && useradd --system --uid 120 --gid _profiles --home-dir /nonexistent --shell /usr/sbin/nologin _profiles \
    && useradd --uid 5000 --gid vmail --home-dir /var/mail --no-create-home --shell /usr/sbin/nologin vmail
# hadolint ignore=DL3008
RUN export PERL_HASH_SEED=0 \
    && apt-get update \
    && apt-get install -y --no-install-recommends \
        bind9-dnsutils ca-certificates clamav-daemon clamav-freshclam curl dns-root-data \
        dovecot-core dovecot-flatcurve dovecot-imapd dovecot-ldap dovecot-lmtpd dovecot-managesieved dovecot-mysql \
        dovecot-pgsql dovecot-pop3d dovecot-sieve dovecot-sqlite \
        fail2ban fetchmail getmail6 iproute2 less libnss-extrausers libnginx-mod-stream libsasl2-modules nftables nginx openssl \
        postfix postfix-ldap postfix-lmdb postfix-mta-sts-resolver postfix-mysql postfix-pcre postfix-pgsql postfix-sqlite \
        postsrsd \
        procps python3-acme python3-bcrypt python3-click python3-cryptography python3-dnspython python3-dotenv \
        python3-jinja2 python3-psycopg-c python3-pydantic python3-pymysql python3-segno python3-starlette \
        python3-uvicorn redis-server rspamd rsyslog sqop supervisor systemd-standalone-sysusers tini tzdata unbound \
    # Its purge deletes the user clamav, whom the image names also without it.
    && if [ "$CLAMAV" = 0 ]; then cp -a /etc/passwd /etc/group /etc/shadow /etc/gshadow /root/ \
        && apt-get purge -y --autoremove clamav-daemon clamav-freshclam \
        && mv /root/passwd /root/group /root/shadow /root/gshadow /etc/; fi \
    # qshape needs two modules of Perl, which lighten takes out below.
    && install -m 644 -D -t /usr/local/share/perl/5.40.1/File /usr/share/perl/5.40.1/File/Find.pm \
    && install -m 644 -D -t /usr/local/share/perl/5.40.1/Getopt /usr/share/perl/5.40.1/Getopt/Std.pm \
    # One file under two names.
    && cmp /usr/bin/redis-check-rdb /usr/bin/redis-check-aof && ln -f /usr/bin/redis-check-rdb /usr/bin/redis-check-aof \
    && rm -rf /var/lib/apt/lists/* /etc/postsrsd.secret \
        /etc/ssl/private/ssl-cert-snakeoil.key /etc/ssl/certs/ssl-cert-snakeoil.pem \
    # Debian's files of /etc/postfix that are not rendered.
    && mkdir -p /usr/lib/postfix/meta \
    && mv /etc/postfix/dynamicmaps.cf* /etc/postfix/postfix-files* /usr/lib/postfix/meta/ \
    && mkdir -p /usr/lib/mailwright \
    && openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe4096 -out /usr/lib/mailwright/ffdhe4096.pem \
    && rm -f /etc/fail2ban/jail.d/defaults-debian.conf \
    && for name in clamav dms dovecot extrausers fail2ban/action.d/nftables.local fail2ban/fail2ban.d \
        fail2ban/fail2ban.local fail2ban/jail.d fail2ban/jail.local fetchmail getmail ldap-relay \
        mailname mta-sts nginx oauth2 postfix postsrsd redis rspamd/dkim \
        rspamd/local.d rspamd/override.d rspamd/rspamd.conf.local rsyslog sql-lookups supervisor tunnel unbound watch web; do \
        rm -rf "/etc/${name:?}" && ln -s "/run/mailwright/etc/$name" "/etc/$name"; \
    done \
    # The user vmail may have another number (DMS_VMAIL_UID), also with a read-only root.
    && sed -i -E 's/^(passwd|group):.*/\1: extrausers files/' /etc/nsswitch.conf \
    && rm -rf /var/lib/extrausers && ln -s /etc/extrausers /var/lib/extrausers \
    && rm -rf /var/spool/postfix /etc/rsyslog.d /etc/rsyslog.conf \
    # No program changes its user or group, except for Postfix's access to the queue.
    && find / -xdev -type f -perm /6000 ! -name postdrop ! -name postqueue -exec chmod a-s {} + \
    && mkdir -p /etc/mailwright/templates /var/mail-state /tmp/docker-mailserver

# ICU's data without the names and rules of single languages: 14 MB in place of 32.
FROM system AS icu
COPY scripts/image/icu-data /
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils icu-devtools \
    && /icu-data /out

# Without what no program opens. The last stage copies it as one layer: what is removed here takes no space there.
FROM system AS light
COPY --from=icu /out/ /
COPY scripts/image/lighten /
RUN /lighten \
    && apt-get clean \
    # What differs from build to build: logs, copies of what was there before, a table that no daemon reads, and the day
    # on which a user was made.
    && rm -rf /lighten /var/log/* /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache /var/lib/dpkg/*-old \
        /etc/aliases.db /etc/machine-id /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid- \
    && sed -i -E 's/^([^:]*:[^:]*):[0-9]+:/\1:20000:/' /etc/shadow \
    && mkdir /var/log/mail \
    # Programs beside the server look for the log here too.
    && ln -s mail/mail.log /var/log/mail.log
# Rspamd compiles its patterns for the processor of the build. On another processor it does so at its first start.
COPY target/mailwright/rootfs/usr/lib/mailwright/packed target/mailwright/rootfs/usr/lib/mailwright/rspamd-compile /usr/lib/mailwright/
RUN /usr/lib/mailwright/rspamd-compile /usr/lib/mailwright/rspamd

FROM scratch
# pydantic need not check the schema that it makes of the settings, nor look for plug-ins: each command starts faster.
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYDANTIC_SKIP_VALIDATING_CORE_SCHEMAS=1 PYDANTIC_DISABLE_PLUGINS=1
# hadolint ignore=DL3067
COPY --from=light / /
COPY --from=wheel /out/ /
COPY target/mailwright/rootfs/ /
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
# The default configuration, so that postconf and doveadm work in a container without a server. A start renders anew.
RUN python3 -m mailwright.programs.compile_templates \
    && OVERRIDE_HOSTNAME=mail.example.com mailwright render --output /run/mailwright \
    && rm -r /run/mailwright/etc/dms \
    && mkdir -p /usr/share/mailwright \
    && python3 -m mailwright.programs.image_verdicts \
    && chmod 755 /usr/share/mailwright/verdicts && rm -r /run/mailwright/staged \
    && python3 -m mailwright.programs.sbom "$CREATED" >/usr/share/mailwright/sbom.spdx.json

LABEL org.opencontainers.image.title="Mailwright" \
      org.opencontainers.image.description="A complete mail server: Postfix and Dovecot, configured from typed settings" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"

EXPOSE 25 587 465 143 993 110 995 4190 80 443 11334 12525 10587 10465 10143 10993 10110 10995 14190
VOLUME ["/var/mail", "/var/mail-state", "/var/log/mail"]
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --retries=3 CMD ["python3", "-m", "mailwright.programs.health"]
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["mailwright", "boot"]
