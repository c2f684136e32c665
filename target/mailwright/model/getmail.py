"""getmail: which mailboxes it polls, one for each file, and how it hands their mail over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailwright.core import paths
from mailwright.core.problems import Findings, Problem, errors
from mailwright.formats import getmail as format_
from mailwright.formats.getmail import NAME, Rc
from mailwright.model import fetching_files
from mailwright.model.fetchmail import no_mailboxes, without_effect
from mailwright.model.inputs import Inputs

SWITCH = "ENABLE_GETMAIL"
FOLDER, GENERAL = "getmail/", "getmail/getmailrc_general.cf"
# docker-mailserver's. A user's files count on them: mail stays on the other server, and nothing is fetched twice.
OPTIONS: Mapping[str, str] = {
    "verbose": "0",
    "read_all": "false",
    "delete": "false",
    "max_messages_per_session": "500",
    "received": "false",
    "delivered_to": "false",
}
# Dovecot's program, by the names under which users' files know it.
DELIVER = re.compile(r"/usr/(lib|libexec)/dovecot/(deliver|dovecot-lda)")
LISTS = ("MultiDestination", "MultiSorter", "MultiGuesser")  # name other destinations
LOGINS = ("password", "password_command", "use_kerberos", "use_xoauth2")
EXAMPLE = 'type = MDA_external, path = /usr/lib/dovecot/deliver, arguments = ("-d", "ADDRESS")'


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox elsewhere: the name of its file, and the sections that getmail reads. They contain passwords."""

    name: str
    file: str
    sections: Mapping[str, Mapping[str, str]] = field(repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)  # of the config folder, by the paths it names


def getmail(inputs: Inputs) -> tuple[tuple[Mailbox, ...], list[Problem]]:
    """The mailboxes to poll, and the Problems with settings and files; none if nothing is fetched."""
    files = sorted(path for path in inputs.folder.content if NAME.fullmatch(path))
    texts = {path: text for path in files if (text := inputs.folder.text(path))}
    if not inputs.settings.enable_getmail:
        return (), list(without_effect(inputs, SWITCH, "GETMAIL_", files))
    if nobody := no_mailboxes(inputs, SWITCH):
        return (), [nobody]
    problems = Findings()
    rcs = {path: rc for path, text in texts.items() for rc in problems.keep(format_.parse(text))}
    options = problems.keep(_general(rcs.pop(GENERAL, None)))
    if not set(files) - {GENERAL}:
        what = "needs a file getmail/NAME.cf in the config folder for each mailbox elsewhere; there is none"
        problems.append(inputs.variables.error(SWITCH, what, f"write one, or set {SWITCH}=0"))
    boxes: dict[str, Mailbox] = {}
    for path, rc in rcs.items():
        name = re.sub(r"[^\w.@-]", "_", NAME.fullmatch(path)["name"])  # type: ignore[index]
        if name in boxes:
            problems.append(Problem(path, f"has the same name as {boxes[name].file}", "rename one of them"))
        problems.extend(_mistakes(rc))
        sections = _sections(rc, options, inputs.settings.postfix_message_size_limit)
        boxes[name] = Mailbox(name, path, sections, problems.keep(fetching_files.copies(inputs, rc.file)))
    return (() if errors(problems) else tuple(boxes.values())), list(problems)


def _general(rc: Rc | None) -> tuple[Mapping[str, str], list[Problem]]:
    """The options of every mailbox: the operator's replace docker-mailserver's."""
    if rc is None:
        return OPTIONS, []
    strange = [name for name in rc.sections if name != "options"]
    what = "is not read here: this file has [options] only"
    return rc.sections.get("options", {}), [Problem(rc.at(name), f"[{name}] {what}") for name in strange]


def _sections(rc: Rc, options: Mapping[str, str], limit: int) -> dict[str, dict[str, str]]:
    """What getmail reads: the operator's sections, with our way of delivery and our log."""
    sections = {name: dict(values) for name, values in rc.sections.items()}
    ours = {"max_message_size": str(limit)} if limit else {}
    sections["options"] = {**ours, **options, **sections.get("options", {}), "message_log_syslog": "true"}
    sections["options"].pop("message_log", None)
    retriever = sections.get("retriever", {})
    if "SSL" in retriever.get("type", "") and not retriever.get("ssl_fingerprints"):
        retriever.setdefault("ca_certs", paths.CA_BUNDLE)
    if not retriever.get("ca_certs", "-"):
        del retriever["ca_certs"]  # getmail takes an empty one for a file that is missing
    for values in sections.values():
        if DELIVER.fullmatch(values.get("path", "")):
            values["path"] = paths.FETCHED_MAIL
            for name in ("user", "group"):  # getmail has a user of its own, and may not become another
                values.pop(name, None)
    return sections


def _mistakes(rc: Rc) -> Iterator[Problem]:
    """What is wrong with one file."""
    kind = rc.get("retriever", "type")
    if not kind:
        yield Problem(rc.at("retriever"), "[retriever] has no type", "type = SimpleIMAPSSLRetriever")
    elif "SSL" not in kind:
        what = "password and mail cross the network without encryption"
        yield Problem(
            rc.at("retriever", "type"), f"{kind}: {what}", f"{kind.removesuffix('Retriever')}SSLRetriever", True
        )
    elif not rc.sections["retriever"].get("ca_certs", "-") and not rc.get("retriever", "ssl_fingerprints"):
        what = "the server's certificate is not verified: anybody on the way can read password and mail"
        yield Problem(rc.at("retriever", "ca_certs"), what, "ca_certs = FILE, or ssl_fingerprints", True)
    if kind and not any(rc.get("retriever", name) for name in LOGINS) and not rc.get("options", "use_netrc"):
        yield Problem(rc.at("retriever"), "[retriever] has no password", "password, or password_command")
    if "destination" not in rc.sections:
        yield Problem(rc.file.name, "has no [destination]", EXAMPLE)
    if rc.get("options", "message_log"):
        what = "message_log has no effect: getmail writes to the mail log"
        yield Problem(rc.at("options", "message_log"), what, "", True)
    for section, values in rc.sections.items():
        if section not in ("retriever", "options") and not section.lower().startswith("filter"):
            yield from _destination(rc, section, values)


def _destination(rc: Rc, section: str, values: Mapping[str, str]) -> Iterator[Problem]:
    """Mail reaches mailboxes through the filter only."""
    kind = values.get("type", "")
    if kind in LISTS:
        return
    if kind != "MDA_external":
        what = f"[{section}] would deliver past the filter" if kind else f"[{section}] has no type"
        yield Problem(rc.at(section, "type"), what, EXAMPLE)
    elif not DELIVER.fullmatch(values.get("path", "")):
        what = f"[{section}] delivers with another program, and thus past the filter"
        yield Problem(rc.at(section, "path"), what, EXAMPLE)
    elif "-m" in re.findall(r"-\w", values.get("arguments", "")):
        what = "-m has no effect: filter and Sieve say in which folder a mail is put"
        yield Problem(rc.at(section, "arguments"), what, "", True)
