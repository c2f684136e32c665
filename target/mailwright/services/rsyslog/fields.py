"""LOG_FORMAT=json: the fields that rsyslog takes from a daemon's line, as a table of patterns.

Strangers choose parts of a line, so each pattern holds from the line's begin, as in formats.mail_log. A line that
matches none has its time, host, service, program, severity and message all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# POSIX extended regular expressions, which know no groups without a number: the number of groups follows the name.
ID = "[0-9A-Za-z]+"
PLAIN = r'<([^">]*)>'  # 1; the usual address, which takes half the time
ADDRESS = r'<("([^"\\]|\\.)*"[^">]*)>'  # 2; a quoted local part may contain >
PEER = r"[^][ ]*\[([^][ ]*)\](:[0-9]+)?"  # 2
QUEUE_ID = "ltrim(field($msg, 58, 1))"  # what a line begins with, to its first colon


@dataclass(frozen=True, slots=True)
class Rule:
    """Lines with ``word``, of programs whose tag contains ``program``: which groups of ``pattern`` are which fields.

    ``pattern`` begins after the blank that a message begins with. The first field of ``fields`` is never empty.
    """

    program: str
    word: str
    pattern: str
    fields: Mapping[str, int] = field(default_factory=dict)
    action: str = ""  # what the line says was done, if it says one thing only
    actions: Mapping[str, str] = field(default_factory=dict)  # the field action → the name of this action
    has_queue_id: bool = False  # at its begin
    unless: str = ""  # a part of the tag of programs whose lines are others

    @property
    def condition(self) -> str:
        """Whether the rule is that of the line, in RainerScript. What is cheap is asked first."""
        other = f" and not ($syslogtag contains {quoted(self.unless)})" if self.unless else ""
        cheap = f"$syslogtag contains {quoted(self.program)} and $msg contains {quoted(self.word)}{other}"
        return f"{cheap} and re_match($msg, {quoted(f'^ {self.pattern}')})"

    @property
    def values(self) -> Iterator[tuple[str, str]]:
        """Each field with the expression for its text."""
        if self.has_queue_id:
            yield "queue_id", QUEUE_ID
        for name, group in self.fields.items():
            yield name, f're_extract($msg, {quoted(f"^ {self.pattern}")}, 0, {group}, "")'
        if self.action:
            yield "action", quoted(self.action)


def quoted(text: str) -> str:
    """``text`` as a string of RainerScript."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def deliveries(status: str, action: str) -> Iterator[Rule]:
    """Lines about a recipient. The way through SRS is one of the server to itself."""
    said = rf"relay=[^, ]+, (conn_use=[0-9]+, )?delay=[0-9.]+, delays=[0-9./]+, dsn=[0-9.]+, status={status} \("
    for address, original in ((PLAIN, PLAIN), (ADDRESS, PLAIN), (PLAIN, ADDRESS), (ADDRESS, ADDRESS)):
        word = f", status={status} (" if address == original == PLAIN else '<"'
        pattern = f"{ID}: to={address}, (orig_to={original}, )?{said}"
        yield Rule("postfix", word, pattern, {"to": 1}, action, has_queue_id=True, unless="/srs")


def senders(word: str, rest: str, action: str) -> Iterator[Rule]:
    """Lines of the queue manager about a mail."""
    for address in (PLAIN, ADDRESS):
        yield Rule("/qmgr[", word, f"{ID}: from={address}, {rest}", {"from": 1}, action, has_queue_id=True)


def refusals() -> Iterator[Rule]:
    """Refusals, with the address that each is about."""
    begin = rf"{ID}: (milter-)?reject: [A-Z-]+ (command )?from {PEER}: ([45][0-9][0-9] )?([45]\.[0-9]+\.[0-9]+ )?"
    for word, name in (
        ("Recipient address rejected", "to"),
        ("Relay access denied", "to"),
        ("Sender address rejected", "from"),
    ):
        for address in (PLAIN, ADDRESS):
            fields = {"client": 3, name: 7}
            yield Rule("postfix", word, f"{begin}{address}: {word}", fields, "refused", has_queue_id=True)
    yield Rule("postfix", "reject: ", begin, {"client": 3}, "refused", has_queue_id=True)


POSTFIX = (
    *deliveries("sent", "delivered"),
    *deliveries("deferred", "deferred"),
    *deliveries("bounced", "bounced"),
    *senders(" (queue active)", r"size=[0-9]+, nrcpt=[0-9]+ \(queue active\)$", "queued"),
    *senders("expired, returned", "status=(force-)?expired, returned to sender$", "expired"),
    Rule("/qmgr[", ": removed", f"{ID}: removed$", action="removed", has_queue_id=True),
    Rule("/smtpd[", "connect from ", rf"(dis)?connect from {PEER}", {"client": 2}),
    Rule(
        "/smtpd[",
        ", sasl_username=",
        rf"{ID}: client={PEER}, sasl_method=[^, ]+, sasl_username=([^,]*)",
        {"client": 1, "user": 3},
        "login",
        has_queue_id=True,
    ),
    Rule("/smtpd[", ": client=", rf"{ID}: client={PEER}", {"client": 1}, has_queue_id=True),
    Rule("/cleanup[", ": message-id=", rf"{ID}: message-id=", has_queue_id=True),
    Rule("/postscreen[", " [", r"[A-Z][A-Z ]+ (from )?\[([0-9a-f:.]+)\]:[0-9]+( to .*)?$", {"client": 2}),
    *refusals(),
    Rule(
        "/smtpd[",
        " limit exceeded: ",
        rf"warning: [A-Z][a-z ]+ (rate|concurrency) limit exceeded: [0-9]+ from {PEER} ",
        {"client": 2},
        "refused",
    ),
    Rule(
        "/smtpd[",
        " failed: Connection lost ",
        rf"warning: {PEER}: SASL [^ ]+ authentication failed: Connection lost to",
        {"client": 1},
    ),
    Rule(
        "/smtpd[",
        " authentication failed: ",
        rf"warning: {PEER}: SASL [^ ]+ authentication failed: (.*, sasl_username=([^,]*)$)?",
        {"client": 1, "user": 4},
        "login failed",
    ),
    Rule("/bounce[", " notification: ", rf"{ID}: sender [a-z-]+ notification: ", has_queue_id=True),
)
STORED = r"sieve: msgid=.*: stored mail into mailbox ('[^']*'|\[SPECIAL-USE [^]]*\])$"
DOVECOT = (
    Rule(
        "dovecot",
        "-login: Logged in: ",
        r"(imap|pop3|managesieve)-login: Logged in: user=<([^> ]*)>, (method=[^,]+, )?rip=([^, ]+)",
        {"user": 2, "client": 4},
        "login",
    ),
    # As in fail2ban's filter: only protocols of Dovecot have a session, Postfix logs those of SMTP itself.
    Rule(
        "dovecot",
        " auth(",
        r"auth\(([^ ,()<>]*),([^ ,()<>]+)[^ ()<>]*\)<[^ <>]*>: [^ :]+: (unknown user|Password mismatch|invalid input|"
        "Username character disallowed|login user: |master user: )",
        {"client": 2, "user": 1},
        "login failed",
    ),
    Rule("dovecot", ": stored mail into ", rf"lmtp\(([^() ]+)\)<[^ ]*>: {STORED}", {"user": 1}, "stored"),
    Rule("dovecot", ")<", r"(imap|pop3|lmtp|managesieve)\(([^() ]+)\)<", {"user": 2}),
)
TASK = "; rspamd_task_write_log: "
CHECKED = r"<[^ ]*>; [a-z]+; rspamd_task_write_log: id: <[^ ]*>, qid: <([0-9A-Za-z]+)>, ip: ([^ ,]+), "
VERDICT = r"\([a-z]+: [A-Z] \(([a-z ]+)\): "
RSPAMD = (
    # A sender may have the form of a verdict in its address, which Rspamd does not quote: then the line has none.
    Rule("rspamd", TASK, f"{CHECKED}.*{VERDICT}.*{VERDICT}", {"queue_id": 1, "client": 2}, "checked"),
    Rule(
        "rspamd",
        TASK,
        rf"{CHECKED}(user: ([^ ,]*), )?(from: <([^<> ]*)>, )?{VERDICT}",
        {"queue_id": 1, "client": 2, "user": 4, "from": 6, "verdict": 7},
        "checked",
    ),
    Rule("rspamd", TASK, CHECKED, {"queue_id": 1, "client": 2}, "checked"),
)
FAIL2BAN = tuple(
    Rule("fail2ban", f" {word} ", rf"NOTICE +\[([^] ]+)\] {word} ([^ ]+)$", {"client": 2, "jail": 1}, action)
    for word, action in (("Ban", "banned"), ("Unban", "unbanned"))
)
# A line has the fields of the first of its service's rules that matches.
RULES: Mapping[str, tuple[Rule, ...]] = {
    "postfix": POSTFIX,
    "dovecot": DOVECOT,
    "rspamd": RSPAMD,
    "fail2ban": FAIL2BAN,
}
FIELDS = ("queue_id", "action", "from", "to", "user", "client", "verdict", "jail")
