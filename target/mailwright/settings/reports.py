"""Settings of the log's rotation and of the reports about it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import Count, LogSize, MailAddress, MailAddresses


class Reports(Section):
    """Logs and reports"""

    logrotate_interval: Literal["daily", "weekly", "monthly"] = Field(
        "weekly",
        description="When the log files in /var/log/mail are rotated: at midnight (daily), on Monday, or on the "
        "first of the month.",
    )
    logrotate_count: Count = Field(4, description="How many rotated files of each log are kept.")
    logrotate_size: LogSize = Field(
        1 << 30, description="A log that reaches this size is rotated at once. 0: no limit."
    )
    pflogsumm_trigger: Literal["none", "daily_cron", "logrotate"] = Field(
        "none", description="When the report is mailed: each midnight (daily_cron), or after each rotation (logrotate)."
    )
    pflogsumm_recipient: MailAddresses = Field(
        "", description="Who gets the reports of PFLOGSUMM_TRIGGER. Empty: REPORT_RECIPIENT."
    )
    pflogsumm_sender: MailAddress = Field("", description="Their sender. Empty: REPORT_SENDER.")
    logwatch_interval: Literal["none", "daily", "weekly"] = Field(
        "none", description="When the same report is mailed: each midnight (daily), or on Monday (weekly)."
    )
    logwatch_recipient: MailAddresses = Field(
        "", description="Who gets the reports of LOGWATCH_INTERVAL. Empty: REPORT_RECIPIENT."
    )
    logwatch_sender: MailAddress = Field("", description="Their sender. Empty: REPORT_SENDER.")
    report_recipient: MailAddresses = Field("", description="Who gets the reports. Empty: POSTMASTER_ADDRESS.")
    report_sender: MailAddress = Field(
        "", description="Sender of the reports. Empty: mailserver-report@ and the host name."
    )
