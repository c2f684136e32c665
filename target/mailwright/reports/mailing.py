"""A report as mail: text and HTML, handed to Postfix by sendmail(1)."""

from __future__ import annotations

import time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from mailwright.host.commands import run_with_input
from mailwright.reports.html import html
from mailwright.reports.report import Report, as_values
from mailwright.reports.sections import title
from mailwright.reports.text import text

SENDMAIL = "/usr/sbin/sendmail"


def send(report: Report, trigger: str, recipient: str, sender: str) -> None:
    """Postfix has the report afterwards; OSError if it did not take it."""
    mail = message(report, trigger, recipient, sender)
    command = (SENDMAIL, "-i", "-f", sender, "--", recipient)
    if code := run_with_input(command, mail.as_bytes(policy=SMTP.clone(linesep="\n"))):
        raise OSError(code, f"{SENDMAIL} did not take the report (exit code {code})")


def message(report: Report, trigger: str, recipient: str, sender: str) -> EmailMessage:
    """The mail. A report that is sent again, since a stop came between, has the same Message-ID."""
    values, mail = as_values(report), EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Mail report <{sender}>", recipient, title(values)
    mail["Date"] = formatdate(time.time(), localtime=True)
    mail["Message-ID"] = f"<report.{trigger}.{int(report.until)}@{report.hostname}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers it
    mail["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    mail.set_content(text(values, blocks=True), cte="base64")
    mail.add_alternative(html(values), subtype="html", cte="base64")
    return mail
