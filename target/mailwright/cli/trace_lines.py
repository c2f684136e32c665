"""A trace as the operator reads it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from mailwright.core.problems import printable
from mailwright.observe.dovecot import size
from mailwright.trace.mail import End, Mail, Mailbox, Remote, Says, Sending, Step, Trace

Line = tuple[str, str]  # its text and its colour
COLOURS = {Says.REFUSES: "error", Says.NOT_TRACED: "warning"}
WIDTH = 10


def lines(trace: Trace) -> Iterator[Line]:
    """The lines of a trace, in the order of the mail's way. A line break in an address does not begin a line."""
    return ((printable(text), colour) for text, colour in _lines(trace))


def _lines(trace: Trace) -> Iterator[Line]:
    yield _mail(trace.mail, trace.port), ""
    yield from _conversation(trace)
    if trace.sending:
        yield from ((line, "") for line in _sending(trace.sending))
    yield "", ""
    if not trace.verdict.accepted:
        yield "if it were accepted:", ""
    yield "aliases" if trace.rows else "no alias", ""
    for row in trace.rows:
        yield f"  {row.address} -> {', '.join(row.targets)}{_place(row.where)}", ""
    for end in trace.ends:
        yield from _end(end)
    yield "", ""
    keys = ", ".join(trace.signed)
    yield f"DKIM: {f'signed by {keys} {trace.signed_why}' if keys else f'not signed: {trace.signed_why}'}", ""
    yield from ((f"not known: {text}", "warning") for text in trace.unknown)


def _mail(mail: Mail, port: str) -> str:
    sender = "any sender" if mail.sender is None else f"<{mail.sender}>"
    source = f"login {mail.login}" if mail.login else mail.client or "another server"
    of = f", {size(mail.size)}" if mail.size else ""
    service = {"smtpd/pass": "port 25", "submission/inet": "port 587", "submissions/inet": "port 465"}.get(port, port)
    return f"mail from {sender} to <{mail.recipient}>{of}; {source}, {service}"


def _conversation(trace: Trace) -> Iterator[Line]:
    for stage, of_stage in groupby(trace.steps, lambda step: step.stage):
        yield stage, ""
        for quiet, steps in groupby(of_stage, _is_quiet):
            if quiet:
                yield f"  {Says.PASSES:<{WIDTH}} {', '.join(step.rule for step in steps)}", ""
            else:
                yield from ((_step(step), COLOURS.get(step.says, "")) for step in steps)
    verdict = trace.verdict
    open_rules = [step.rule for step in trace.steps if step.says is Says.NOT_TRACED]
    if not verdict.accepted:
        yield f"REFUSED  {verdict.reply}{_place(verdict.where)}", "error"
    else:
        unless = f", unless {' or '.join(open_rules)} refuses it" if open_rules else ""
        yield f"ACCEPTED  {verdict.reply}{unless}", "ok"


def _is_quiet(step: Step) -> bool:
    """Whether the step has nothing to say but that it passes."""
    return step.says is Says.PASSES and step.stage != "client"


def _step(step: Step) -> str:
    text = step.reply or step.note
    return f"  {step.says:<{WIDTH}} {step.rule}{f': {text}' if text else ''}{_place(step.where)}"


def _place(where: str) -> str:
    return f"  ({where})" if where else ""


def _sending(sending: Sending) -> Iterator[str]:
    yield f"login {sending.login}"
    may = {True: "may use this sender", False: "may not use this sender", None: "it is not known whether it may"}
    yield f"  {may[sending.may_send]}"
    if sending.owners:
        yield f"  the sender belongs to {', '.join(sending.owners)}"
    yield from (f"  at most {limit}" for limit in sending.limits)


def _end(end: End) -> Iterator[Line]:
    if isinstance(end, Mailbox):
        yield from ((line, "") for line in _mailbox(end))
    elif isinstance(end, Remote):
        yield from ((line, "") for line in _remote(end))
    else:
        yield f"{end.kind}: {end.address}", "error"
        yield f"  {end.note}", ""


def _mailbox(box: Mailbox) -> Iterator[str]:
    plus = f", for {box.address}" if box.address != box.account else ""
    yield f"mailbox {box.account}{plus}"
    if box.exists is None:
        yield "  whether it exists is not known: the directory does not answer"
        return
    if box.backend is not None:
        yield f"  backend     {box.backend or 'none: the mail waits (setup backends place)'}"
        yield "  what happens in it is not traced from a front"
        return
    used = "not known" if box.used_bytes is None else size(box.used_bytes)
    limit = size(box.limit_bytes) if box.limit_bytes else "unlimited"
    full = "; full: Dovecot refuses the mail, and its sender gets a bounce" if box.full else ""
    yield f"  quota       {used} of {limit}{_place(box.limit_from)}{full}"
    yield f"  Sieve       {', then '.join(box.scripts) or 'no script'}"
    yield f"  junk        {box.junk}"
    yield f"  encryption  {box.encryption}"


def _remote(end: Remote) -> Iterator[str]:
    yield f"leaves for {end.address}"
    yield f"  transport   {end.transport} to {end.next_hop}{_place(end.where)}"
    if end.mx is not None:
        yield f"  MX          {', '.join(end.mx)}"
    yield f"  login       {'yes' if end.login else 'no'}{_place(end.login_from)}"
    if end.srs:
        yield f"  sender      {end.srs} (SRS)"
    yield f"  TLS         {end.tls}: {end.tls_why}"
