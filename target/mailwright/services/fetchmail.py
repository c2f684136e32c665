"""fetchmail: brings mail from mailboxes on other servers, and hands it to Postfix as a stranger's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from mailwright.core import paths, sockets
from mailwright.core.endpoints import Sockets
from mailwright.core.problems import Problem, shown
from mailwright.core.tree import Effect, File, Folder, Span
from mailwright.formats.fetchmail import Statement
from mailwright.model.fetching_files import copy_of, leading_to_copies
from mailwright.model.fetchmail import Fetchmail
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check, Program, Service, User
from mailwright.services.template import rendered
from mailwright.settings import Settings

DUMP = re.compile(r"^fetchmailrc = (\{.*?^\})$", re.M | re.S)
TRUTH = re.compile(r"^(\s*'\w+': ?)(TRUE|FALSE)(?=,?$)", re.M)
# What has no effect, since a program of ours takes each mail; by its name in fetchmail's dump.
REPLACED = {"mda": "mda", "smtpname": "smtpname", "smtpaddress": "smtpaddress", "smtphunt": "smtphost"}
UNSET: tuple[object, ...] = (None, "localhost", ["localhost"], [])


def is_on(mailserver: Mailserver) -> bool:
    """Whether there are servers to poll."""
    return mailserver.fetchmail is not None


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """One rc file, or with FETCHMAIL_PARALLEL one for each server, named for it; and copies of the files they name."""
    fetchmail = mailserver.fetchmail
    if not fetchmail:
        return
    own_defaults = frozenset().union(*(each.words for each in fetchmail.statements if each.kind == "defaults"))
    options = {name: text for name, text in defaults(mailserver).items() if name not in own_defaults}
    head = rendered("fetchmail/fetchmail.rc.j2", mailserver, etc, fetchmail=options if not own_defaults else {})
    for name, statements in _parts(fetchmail, parallel=mailserver.settings.fetchmail_parallel).items():
        text, spans = _text(head, statements, options if own_defaults else {}, fetchmail.file.name)
        yield _file(f"{name}.rc", leading_to_copies(text, fetchmail.files, etc, "fetchmail"), spans)
    for path, text in fetchmail.files.items():
        yield _file(copy_of(path, "fetchmail").removeprefix("fetchmail/"), text)


def defaults(mailserver: Mailserver) -> dict[str, str]:
    """Options of every server, unless fetchmail.cf says otherwise."""
    limit = mailserver.settings.postfix_message_size_limit
    return {
        # TLS, and verified: without it fetchmail would go on in clear text where a server offers no TLS.
        "sslproto": '"TLS1.2+"',
        # A larger mail would be brought and refused at each poll. The postmaster hears of it once a day.
        **({"limit": str(limit), "warnings": "86400"} if limit else {}),
    }


def _parts(fetchmail: Fetchmail, *, parallel: bool) -> dict[str, tuple[Statement, ...]]:
    """The name of each rc file, and the statements in it."""
    if not parallel:
        return {"fetchmail": fetchmail.statements}
    parts: dict[str, tuple[Statement, ...]] = {}
    common = tuple(each for each in fetchmail.statements if each not in fetchmail.polls)
    for poll in fetchmail.polls:
        if poll.kind != "skip":
            name = re.sub(r"[^A-Za-z0-9.-]", "_", poll.name).strip(".") or "server"
            same = sum(1 for each in parts if each == name or each.startswith(f"{name}+"))
            parts[f"{name}+{same + 1}" if same else name] = (*common, poll)
    return parts


def _text(
    head: str, statements: tuple[Statement, ...], options: dict[str, str], name: str
) -> tuple[str, tuple[Span, ...]]:
    """The head and the statements, each with its line of the file ``name``; ``options`` complete its defaults."""
    text, spans = head, []
    for each in statements:
        part = each.text if each.text.endswith("\n") else each.text + "\n"
        spans.append(Span(text.count("\n") + 1, name, each.line, part.count("\n")))
        text += part
        if each.kind == "defaults":
            text += "".join(f"  {name} {value}\n" for name, value in options.items())
    return text, tuple(spans)


def _file(name: str, text: str, spans: tuple[Span, ...] = ()) -> File:
    return File(
        f"fetchmail/{name}",
        text,
        "fetchmail",
        0o400,
        "fetchmail:root",
        effect=Effect.RESTART,
        secret=True,
        spans=spans,
    )


def judge(mailserver: Mailserver, output: str) -> Iterator[Problem]:
    """What is unwise or has no effect in what fetchmail understands (``--configdump``, once for each file)."""
    fetchmail = mailserver.fetchmail
    if not fetchmail:
        return
    lines: dict[str, list[int]] = {}
    for poll in fetchmail.polls:
        lines.setdefault(poll.name, []).append(poll.line)
    for dump in DUMP.findall(TRUTH.sub(lambda match: match[1] + match[2].capitalize(), output)):
        for server in ast.literal_eval(dump)["servers"]:
            known = lines.get(server["pollname"], [1])
            where = fetchmail.file.at(known.pop(0) if len(known) > 1 else known[0])
            for user in server["users"]:
                for what, hint, warning in _about(mailserver, user):
                    yield Problem(where, f"{server['pollname']}: {what}", hint, warning)


def _about(mailserver: Mailserver, user: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """What there is to say about one login: text, hint, and whether it is only a warning."""
    if not user["ssl"] and not user["sslproto"]:
        yield "password and mail cross the network without encryption", "ssl", True
    elif not user["sslcertck"] and not user["sslfingerprint"]:
        what = "the server's certificate is not verified: anybody on the way can read password and mail"
        yield what, "sslcertck, with sslcertfile for a certificate of your own", True
    if user["bsmtp"]:
        yield "bsmtp would deliver past the filter", "delete it", False
    for name, word in REPLACED.items():
        if user.get(name) not in UNSET:
            yield f"{word} has no effect: mail is handed to this server's own filter", "name mailboxes by is", True
    names = [name[1] if isinstance(name, tuple) else name for name in user["localnames"]]
    for name in names:
        yield from _recipient(mailserver, name, many=len(names) > 1)


def _recipient(mailserver: Mailserver, name: str, *, many: bool) -> Iterator[tuple[str, str, bool]]:
    """What is wrong with one local name."""
    if name == "*" and many:
        return
    local, at, domain = name.lower().rpartition("@")
    address = f"{local.partition('+')[0]}@{domain}"
    if not at:
        yield "names no mailbox of this server", "is 'ADDRESS', after the user", False
    elif mailserver.provisioner.can_list and not mailserver.directory.receives(address):
        yield f"{shown(name)} is not an address of this server; its mail stays at the other one", "", True


def program(mailserver: Mailserver) -> Program:
    """The script starts one fetchmail for each rc file. All get a signal to stop, and end the mail at hand."""
    command = f"/usr/lib/mailwright/fetchmail-foreground {mailserver.settings.fetchmail_poll} {sockets.FETCHED}"
    return Program(command, stopwait=10, whole_group=True, user="fetchmail", gives_way=300)


def state(settings: Settings, _sockets: Sockets) -> Iterator[Folder]:
    """What it has fetched already, and its lock."""
    if settings.enable_fetchmail:
        yield Folder(paths.FETCHMAIL_STATE, "fetchmail:fetchmail", 0o700, whole=True)
        yield Folder(paths.FETCHMAIL_RUN, "fetchmail:fetchmail", 0o700)


FETCHMAIL = Service(
    name="fetchmail",
    summary="brings mail from mailboxes on other servers",
    start=112,  # after Postfix, which takes the mail
    enabled=is_on,
    files=files,
    program=program,
    state=state,
    checks=(Check(("/usr/lib/mailwright/fetchmail-check", "{etc}"), judge, program="fetchmail"),),
    etc=("fetchmail",),
    packages=("fetchmail",),
    users=(User("fetchmail", 114),),
)
