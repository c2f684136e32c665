"""traced(): everything that would happen to one mail."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.services.postfix.postscreen import DNSBL_SITES, postscreen_access
from mailwright.trace import departure, ends, replies, sending
from mailwright.trace.configuration import LOGINS, PORT_25, Configuration, Kind
from mailwright.trace.expansion import VIRTUAL_LOOP, Expansion, lower_domain
from mailwright.trace.mail import End, Mail, Other, Says, Step, Trace, Verdict
from mailwright.trace.restrictions import Restrictions, in_networks
from mailwright.trace.world import UnansweredError

FILTER = "the filter reads the whole mail (spam, viruses, SPF, DKIM and DMARC of the sender); a trace has no content"
NO_PORT = "neither 587 nor 465 is open"


def traced(configuration: Configuration, mail: Mail, *, asks_mx: bool = False) -> Trace:
    """What would happen to ``mail``."""
    names = [name for name in LOGINS if name in configuration.services] if mail.login else [PORT_25]
    smtpd = configuration.services.get(names[0]) if names else None
    expansion = Expansion(configuration)
    expansion.follow(lower_domain(mail.recipient))
    steps: list[Step] = []
    if smtpd:
        steps = list(until_refused(_steps(Restrictions(configuration, smtpd, mail), expansion)))
    verdict = _verdict(steps) if smtpd else Verdict(accepted=False, reply=NO_PORT)
    signed, why = sending.signing(configuration, mail)
    return Trace(
        mail,
        f"{smtpd.service}/{smtpd.type}" if smtpd else "",
        tuple(steps),
        verdict,
        tuple(expansion.rows),
        tuple(_ends(configuration, mail, expansion, asks_mx)),
        sending.sending(configuration, mail),
        signed,
        why,
        tuple(_unknown(configuration, mail)),
    )


def _steps(restrictions: Restrictions, expansion: Expansion) -> Iterator[Step]:
    """Client, commands, the lists of restrictions, and cleanup(8), which expands aliases at the end of the data."""
    configuration, mail = restrictions.configuration, restrictions.mail
    if restrictions.smtpd.service == "smtpd":
        yield from _client(configuration, mail)
    yield from _syntax(configuration, mail)
    limit = restrictions.smtpd.value("message_size_limit")
    if mail.size and limit.isdigit() and 0 < int(limit) < mail.size:
        yield Step("sender", f"message_size_limit = {limit}", Says.REFUSES, replies.TOO_BIG)
    yield from restrictions.steps()
    if any(other.kind == VIRTUAL_LOOP for other in expansion.others):
        yield Step("data", "virtual_alias_maps", Says.REFUSES, replies.LOOP)


def until_refused(steps: Iterator[Step]) -> Iterator[Step]:
    """The steps up to the first that refuses."""
    for step in steps:
        yield step
        if step.says is Says.REFUSES:
            return


def _client(configuration: Configuration, mail: Mail) -> Iterator[Step]:
    """Bans, and postscreen(8)."""
    server, settings = configuration.mailserver, configuration.mailserver.settings
    if settings.enable_fail2ban and mail.client:
        yield _bans(configuration, mail)
    exempt = [line.split()[0] for line in postscreen_access(server).splitlines()]
    if mail.client and in_networks([*configuration.main.words("mynetworks"), *exempt], mail.client):
        yield Step("client", "postscreen", Says.PASSES, note="this client is not tested")
        return
    if not (settings.postscreen_greet_test or settings.enable_dnsbl):
        yield Step("client", "postscreen", Says.PASSES, note="no client is tested before the greeting")
    elif settings.postscreen_action != "ignore":
        note = "a client that it has not seen for 30 days waits a second, and must not speak first"
        yield Step("client", "postscreen", Says.PASSES, note=note)
    if settings.enable_dnsbl:
        lists = ", ".join(dict.fromkeys(site.partition("=")[0] for site in DNSBL_SITES))
        yield Step("client", "postscreen_dnsbl_sites", Says.NOT_TRACED, note=f"asks {lists}")


def _bans(configuration: Configuration, mail: Mail) -> Step:
    try:
        jails = configuration.world.bans(mail.client)
    except UnansweredError as error:
        return Step("client", "fail2ban", Says.NOT_TRACED, note=str(error))
    if not jails:
        return Step("client", "fail2ban", Says.PASSES)
    action = configuration.mailserver.settings.fail2ban_blocktype
    note = f"banned in {', '.join(jails)}; FAIL2BAN_BLOCKTYPE={action}"
    return Step("client", "fail2ban", Says.REFUSES, "no connection", note=note)


def _syntax(configuration: Configuration, mail: Mail) -> Iterator[Step]:
    """smtpd_command_filter: an address with a byte that Dovecot does not take becomes no address."""
    patterns = configuration.tables.tree["postfix/command_filter"].content
    commands = {
        replies.BAD_SENDER: f"MAIL FROM:<{mail.sender or ''}>",
        replies.BAD_RECIPIENT: f"RCPT TO:<{mail.recipient}>",
    }
    for reply, command in commands.items():
        stage = "sender" if reply == replies.BAD_SENDER else "recipient"
        try:
            if configuration.world.match(patterns, command) is not None:
                yield Step(stage, "smtpd_command_filter", Says.REFUSES, reply)
        except UnansweredError as error:
            yield Step(stage, "smtpd_command_filter", Says.NOT_TRACED, note=str(error))


def _verdict(steps: list[Step]) -> Verdict:
    """The last step's, if it refuses; a rule that is not traced makes it uncertain."""
    certain = not any(step.says is Says.NOT_TRACED for step in steps)
    last = steps[-1] if steps else None
    if last and last.says is Says.REFUSES:
        return Verdict(accepted=False, reply=last.reply, rule=last.rule, where=last.where, certain=certain)
    return Verdict(accepted=True, reply="250 2.1.5 Ok", certain=certain)


def _ends(configuration: Configuration, mail: Mail, expansion: Expansion, asks_mx: bool) -> Iterator[End]:
    for address, kind in expansion.finals.items():
        if kind is not Kind.MAILBOXES:
            yield departure.remote(configuration, mail, address, asks_mx=asks_mx)
            continue
        box = ends.mailbox(configuration, address, mail.size)
        yield Other(address, "nobody", "there is no such mailbox: the mail bounces") if box.exists is False else box
    yield from expansion.others


def _unknown(configuration: Configuration, mail: Mail) -> Iterator[str]:
    """What decides besides, and is not traced."""
    server = configuration.mailserver
    if server.settings.enable_rspamd:
        yield FILTER
    for name in ("header_checks", "body_checks", "smtpd_milters", "content_filter"):
        if name in configuration.overridden:
            yield f"your own {name} ({configuration.overridden[name]})"
    if server.overrides.main_file is None and mail.sender is None:
        yield "--from is not given: any sender of another server is assumed"
