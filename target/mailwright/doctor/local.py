"""What can be seen from inside: configuration, daemons, ports, certificates, queue, disk."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography import x509

from mailwright import converge, health, paths
from mailwright.certificates import CERTIFICATE_BLOCK, Certificate, doubts
from mailwright.doctor import Finding
from mailwright.model import Mailserver
from mailwright.outcome import Outcome
from mailwright.problems import Problem

OLD_MAIL = 3600.0  # seconds
LITTLE = 500 << 20  # bytes free
PARTLY = 0.1


def configuration(mailserver: Mailserver) -> Iterator[Finding]:
    """What the daemons' own checkers say, and the Problems that keep a change from going live."""
    yield from (problem("configuration", it) for it in mailserver.warnings)
    if not shutil.which("postconf"):
        yield Finding("configuration", "the daemons' own checkers are not here", level="not asked")
        return
    with tempfile.TemporaryDirectory(prefix="mailwright-") as folder:
        yield from (problem("configuration", it) for it in converge.trial(mailserver, Path(folder) / "etc"))
    for text in Outcome.load().problems:
        yield Finding("configuration", f"not live: {text}", "mend it; the running configuration is kept until then")


def problem(area: str, it: Problem) -> Finding:
    """A Problem as a finding; a warning is a note."""
    return Finding(area, f"{it.where}: {it.what}", it.hint, "note" if it.warning else "finding")


def daemons() -> Iterator[Finding]:
    """Programs that do not run, and ports that do not greet."""
    if not Path("/run/mailwright/supervisor.sock").exists():
        yield Finding("daemons", "no mail server runs in this container", level="not asked")
        return
    for text in health.unhealthy(Path("/etc", health.PROBES)):
        yield Finding("daemons", text, "see the log for its last words: docker compose logs")


def certificates(mailserver: Mailserver, now: datetime) -> Iterator[Finding]:
    """Certificates that expire, have another name, lack their chain, or are of our own making."""
    for certificate in mailserver.certificates:
        for it in doubts(certificate, mailserver.hostname, now):
            yield Finding("certificates", f"{it.where}: {it.what}", it.hint or "get one for the host name")
        if mailserver.settings.own_certificate:
            what = "is self-signed: mail programs warn, and other servers get no TLS on port 25"
            yield Finding("certificates", f"the certificate {what}", "set SSL_TYPE (see the page on TLS)")
        else:
            yield from _chain(certificate)


def _chain(certificate: Certificate) -> Iterator[Finding]:
    """Each certificate of the file must be issued by the next; the last may be any root's child."""
    links = [x509.load_pem_x509_certificate(it.encode()) for it in CERTIFICATE_BLOCK.findall(certificate.chain)]
    for child, parent in pairwise(links):
        if child.issuer != parent.subject:
            what = f"{certificate.where}: the chain is broken: {child.issuer.rfc4514_string()} does not follow"
            yield Finding("certificates", what, "put the certificate first, then each issuer's")
            return
    if len(links) == 1 and links[0].issuer != links[0].subject:
        what = f"{certificate.where}: has no chain: clients may not trust it"
        yield Finding("certificates", what, "use fullchain.pem, not cert.pem")


def queue() -> Iterator[Finding]:
    """Mail that waits for long."""
    waiting = queued()
    if waiting is None:
        yield Finding("queue", "the queue can't be asked: Postfix does not run", level="not asked")
        return
    old = [it for it in waiting if time.time() - it > OLD_MAIL]
    if old:
        hours = timedelta(seconds=int(time.time() - min(old)))
        what = f"{len(old)} mails wait for more than an hour, the oldest for {hours}"
        yield Finding("queue", what, "postqueue -p says why; postqueue -f tries again")


def queued() -> list[float] | None:
    """When each mail in the queue came, in seconds since the epoch; None when Postfix does not run."""
    if not shutil.which("postqueue"):
        return None
    done = subprocess.run(("/usr/sbin/postqueue", "-j"), capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    return [float(json.loads(line)["arrival_time"]) for line in done.stdout.splitlines()]


def disk() -> Iterator[Finding]:
    """Volumes that run full."""
    for path in (paths.MAIL, paths.STATE, paths.LOG):
        try:
            usage = shutil.disk_usage(path)
        except OSError:
            yield Finding("disk", f"{path} is not there", level="not asked")
            continue
        if usage.free < LITTLE or usage.free < usage.total * PARTLY:
            what = f"{path} has {usage.free >> 20} MB free of {usage.total >> 20} MB"
            yield Finding("disk", what, "make room: without it no mail is taken")


def clock() -> Iterator[Finding]:
    """The clock, as far as it can be judged from inside."""
    built = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    if datetime.now(UTC) < built:
        what = f"the clock is behind the image's own date, {built:%Y-%m-%d}"
        yield Finding("clock", what, "set the host's clock; certificates are judged by it")
    else:
        what = "whether the clock is right can't be seen from inside: let the host keep it (NTP)"
        yield Finding("clock", what, level="not asked")
