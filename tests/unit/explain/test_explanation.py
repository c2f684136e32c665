"""explain: settings, parameters and lines, from what the operator types to what there is to tell."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright import settings
from mailwright.explain import influence
from mailwright.explain.explanation import ExplainedLine, ExplainedSetting, Explanation
from mailwright.explain.influence import Deployment
from mailwright.explain.lookup import Answer, Inactive, NotRendered, Unknown, answer
from mailwright.model.reading import Reading
from tests.scenarios.scenario import rendered
from tests.unit.operator import ACCOUNTS, HASH, deployment, file, mailserver, sources

SIZE, OURS = "POSTFIX_MESSAGE_SIZE_LIMIT", "message_size_limit = 10240000"
OVERRIDES = {
    "postfix-main.cf": "message_size_limit =\n  5000000\n",
    "postfix-master.cf": "submission/inet/syslog_name=mine\n",
    "dovecot.cf": "mail_max_userip_connections = 3\nservice lmtp {\n  process_limit = 9\n}\n",
}


def asked(name: str, config: Mapping[str, str] | None = None, /, **environ: str) -> Answer:
    return answer(explained(tuple((config or {}).items()), tuple(environ.items())), name)


@functools.cache
def explained(config: tuple[tuple[str, str], ...], environ: tuple[tuple[str, str], ...]) -> Explanation:
    """Many questions are asked of the same deployment, which an Explanation computes once."""
    return Explanation(deployment(ACCOUNTS | dict(config), **dict(environ)))


def setting(name: str, config: Mapping[str, str] | None = None, /, **environ: str) -> ExplainedSetting:
    found = asked(name, config, **environ)
    assert isinstance(found, ExplainedSetting)
    return found


def lines(name: str, config: Mapping[str, str] | None = None, /, **environ: str) -> list[ExplainedLine]:
    found = asked(name, config, **environ)
    assert isinstance(found, list), found
    return found


def line(name: str, config: Mapping[str, str] | None = None, /, **environ: str) -> ExplainedLine:
    [found] = lines(name, config, **environ)
    return found


VMAIL_GID = {"mail_gid = 5000", "first_valid_gid = 5000", "    gid = 5000"}


@pytest.mark.parametrize(
    ("name", "shaped"),
    [
        ("POSTFIX_MESSAGE_SIZE_LIMIT", {"message_size_limit = 10240000", "  quota_mail_size = 10240000"}),
        ("postfix_inet_protocols", {"inet_protocols = all"}),
        ("settings.permit_docker", {"mynetworks =", 'local_addrs = ["127.0.0.0/8", "::1"];'}),
        ("DMS_VMAIL_GID", VMAIL_GID),
        ("TZ", set()),
        ("RELAY_PORT", set()),
    ],
)
def test_what_a_setting_shapes(name: str, shaped: set[str]) -> None:
    assert {it.text for it in setting(name).lines} == shaped


def test_what_is_derived_of_a_setting_is_shaped_by_it_too() -> None:
    shaped = {it.text.partition(" =")[0] for it in setting("OVERRIDE_HOSTNAME").lines}
    assert {"myhostname", "mydomain", "mydestination", "hostname", "postmaster_address"} <= shaped
    found = setting("SSL_TYPE")
    assert [it.text for it in found.lines] == ["smtpd_tls_security_level = none"]
    assert "/etc/postfix/aliases" in setting("POSTMASTER_ADDRESS").files
    assert "/etc/dovecot/dovecot.conf" in setting("SMTP_ONLY").files


def test_lines_that_another_value_would_add() -> None:
    found = setting("RELAY_HOST")
    assert found.lines == ()
    assert "/etc/postfix/main.cf" in found.elsewhere
    assert setting("RELAY_PORT", RELAY_HOST="smtp.example.net", RELAY_USER="u", RELAY_PASSWORD="p").lines


def test_what_the_operators_files_take_from_a_setting() -> None:
    found = setting("POSTFIX_MESSAGE_SIZE_LIMIT", OVERRIDES)
    assert [it.file for it in found.lines] == ["/etc/dovecot/dovecot.conf"]
    [(place, instead)] = found.without_effect
    assert (place.text, instead) == (OURS, "postfix-main.cf:1")
    # Without it there would be no service whose option the operator could set.
    assert setting("ENABLE_SUBMISSION", OVERRIDES).without_effect == ()


@pytest.mark.parametrize(
    ("asked_for", "text", "template", "names"),
    [
        ("main.cf:message_size_limit", OURS, "postfix/main.cf.j2", [SIZE]),
        ("/etc/postfix/main.cf:mynetworks", "mynetworks =", "postfix/main.cf.j2", ["PERMIT_DOCKER"]),
        ("message_size_limit", OURS, "postfix/main.cf.j2", [SIZE]),
        ("main.cf:biff", "biff = no", "postfix/main.cf.j2", []),
        ("submission/inet/smtpd_tls_security_level", "-o smtpd_tls_security_level=encrypt", "postfix/master.cf.j2",
         ["SMTP_ONLY", "ENABLE_SUBMISSION"]),
        ("master.cf:submission/inet/smtpd_sasl_auth_enable", "-o smtpd_sasl_auth_enable=yes",
         "postfix/submission_options.j2", ["SMTP_ONLY", "ENABLE_SUBMISSION"]),
        ("dovecot.conf:ssl_min_protocol", "ssl_min_protocol = TLSv1.2", "dovecot/dovecot.conf.j2", []),
        ("dovecot.conf:imap-login/process_limit", "process_limit = 4", "dovecot/ports.j2", ["ENABLE_IMAP", "ROLE"]),
        ("supervisord.conf:loglevel", "loglevel = warn", "supervisor/supervisord.conf.j2", ["SUPERVISOR_LOGLEVEL"]),
    ],
)  # fmt: skip
def test_parameters(asked_for: str, text: str, template: str, names: list[str]) -> None:
    found = line(asked_for)
    assert found.place.text == text
    assert found.origin.rpartition(":")[0] == f"templates/{template}"
    assert [it.name for it in found.settings] == names
    by_number = line(f"{found.place.file}:{found.place.line}")
    assert (by_number.origin, by_number.name, by_number.settings) == (found.origin, found.name, found.settings)


@pytest.mark.parametrize(
    ("asked_for", "text", "origin", "instead"),
    [
        ("main.cf:message_size_limit", "message_size_limit = 5000000", "postfix-main.cf:1", OURS),
        ("submission/inet/syslog_name", "-o syslog_name=mine", "postfix-master.cf:1",
         "-o syslog_name=postfix/submission"),
        ("dovecot.conf:mail_max_userip_connections", "mail_max_userip_connections = 3", "dovecot.cf:1",
         "mail_max_userip_connections = 50"),
    ],
)  # fmt: skip
def test_the_operators_files_win(asked_for: str, text: str, origin: str, instead: str) -> None:
    found = line(asked_for, OVERRIDES)
    assert (found.place.text, found.origin) == (text, origin)
    assert found.instead_of
    assert found.instead_of.place.text == instead
    assert found.instead_of.origin.startswith("templates/")


def test_a_line_that_is_set_again_further_down_has_no_effect() -> None:
    config = ACCOUNTS | OVERRIDES
    text = Explanation(deployment(config)).files["dovecot/dovecot.conf"].lines
    number = text.index("mail_max_userip_connections = 50") + 1
    assert line(f"dovecot.conf:{number}", OVERRIDES).overruled_by == "dovecot.cf:1"


def test_an_option_of_port_25_is_found_behind_postscreen() -> None:
    found = line("master.cf:smtp/inet/smtpd_timeout", {"postfix-master.cf": "smtp/inet/smtpd_timeout=9s\n"})
    assert (found.name, found.origin) == ("smtpd/pass/smtpd_timeout", "postfix-master.cf:1")


def test_a_service_or_block_is_told_with_what_stands_in_it() -> None:
    assert len(lines("submission/inet")) == 16
    assert {it.origin for it in lines("dovecot.conf:service/lmtp", OVERRIDES)} >= {"dovecot.cf:2", "dovecot.cf:3"}


def test_secret_files_are_not_shown() -> None:
    assert line("userdb:1").place.text == "(secret)"
    assert isinstance(asked("userdb:alice@example.com"), Unknown)
    hidden = line("dovecot.conf:ldap_auth_dn_password", {"dovecot.cf": "ldap_auth_dn_password = hunter2\n"})
    assert "hunter2" not in repr(hidden)


def test_a_secret_in_a_template_of_the_operators_is_not_shown() -> None:
    given = sources(RELAY_HOST="smtp.example.net", RELAY_USER="user", RELAY_PASSWORD="hunter2")
    text = "x_login = {{ settings.relay_password }}\nx_password = hunter3\n"
    templates = {**given.templates, "postfix/openssl.cnf.j2": file(text, "templates/postfix/openssl.cnf.j2")}
    server = replace(mailserver(**given.environ), templates=templates)
    explanation = Explanation(Deployment(Reading.of(replace(given, templates=templates)), server))
    found = [answer(explanation, name) for name in ("openssl.cnf:x_login", "openssl.cnf:2", "RELAY_PASSWORD")]
    assert "hunter" not in repr(found)
    assert isinstance(found[2], ExplainedSetting)
    assert [it.text for it in found[2].lines] == ["x_login = (secret)"]


@pytest.mark.parametrize(
    ("name", "what", "hint"),
    [
        ("RELAY_HSOT", "RELAY_HSOT is neither a setting nor a rendered parameter", "did you mean RELAY_HOST?"),
        ("mynetwork", "mynetwork is neither a setting nor a rendered parameter", "did you mean mynetworks?"),
        (
            "xyzzy",
            "xyzzy is neither a setting nor a rendered parameter",
            "name its file if the parameter is not rendered: main.cf:xyzzy",
        ),
        ("mian.cf:1", "there is no rendered file mian.cf", "did you mean main.cf?"),
        ("xyzzy.cf:1", "there is no rendered file xyzzy.cf", "the files are dms/tls/cert, "),
        ("master.cf:smtp/unox/x", "/etc/postfix/master.cf has no service smtp/unox", "did you mean smtp/unix?"),
        ("master.cf:x/y/z", "/etc/postfix/master.cf has no service x/y", "the services are smtp/inet, smtpd/pass, "),
        ("main.cf", "main.cf is a file: name a line of it or a parameter", "such as main.cf:1"),
        ("main.cf:", "main.cf is a file: name a line of it or a parameter", "such as main.cf:1"),
        ("main.cf:0", "/etc/postfix/main.cf has lines 1 to 1", ""),
        ("main.cf:99999", "/etc/postfix/main.cf has lines 1 to 1", ""),
    ],
)
def test_what_is_not_there(name: str, what: str, hint: str) -> None:
    found = asked(name)
    assert isinstance(found, Unknown)
    assert found.what.startswith(what)
    assert found.hint.startswith(hint)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("main.cf:soft_bounce", NotRendered("postfix/main.cf", "soft_bounce", "", "Postfix")),
        ("dovecot.conf:ssl_min_protokol", NotRendered(
            "dovecot/dovecot.conf", "ssl_min_protokol", "did you mean ssl_min_protocol?", "Dovecot")),
        ("supervisord.conf:nothing", NotRendered("supervisor/supervisord.conf", "nothing", "", "")),
        ("UPDATE_CHECK_INTERVAL", Inactive(
            "UPDATE_CHECK_INTERVAL", "has no effect: Mailwright does not check for updates", "")),
    ],
)  # fmt: skip
def test_what_is_known_and_not_rendered(name: str, told: Answer) -> None:
    assert asked(name) == told


def test_an_option_that_a_service_does_not_have_is_main_cfs() -> None:
    found = asked("submission/inet/mynetworks")
    assert isinstance(found, NotRendered)
    assert found.also
    assert found.also.name == "mynetworks"


def test_a_name_without_effect_tells_where_it_is_said() -> None:
    why = "has no effect: state is always stored in /var/mail-state"
    assert asked("one_dir", ONE_DIR="1") == Inactive("ONE_DIR", why, "environment")


def test_many_accounts_are_not_tried_one_by_one() -> None:
    config = {
        "postfix-accounts.cf": "".join(f"u{number}@example.com|{HASH}\n" for number in range(3 * influence.ENOUGH))
    }
    explanation = Explanation(deployment(config))
    slim, files = explanation.trial
    assert len(slim.mailserver.directory.accounts) == influence.ENOUGH
    assert files["postfix/main.cf"].file.content == explanation.files["postfix/main.cf"].file.content
    assert [it.name for it in explanation.line("postfix/mailboxes", 500).settings] == ["SMTP_ONLY"]
    # The last account makes main.cf another one: the host's own name is a mail domain then.
    config["postfix-accounts.cf"] += f"root@mail.example.com|{HASH}\n"
    explanation = Explanation(deployment(config))
    assert explanation.trial[0] is explanation.deployment


EVERYTHING = next(it for it in rendered() if str(it) == "everything-on")
SERVER = EVERYTHING.result[0]
assert SERVER
TOLD = Explanation(Deployment(EVERYTHING.reading, SERVER))
PLACES = [(path, number) for path, it in TOLD.files.items() for number in range(1, len(it.lines) + 1)]


# Any line of any file has the same right to be asked; each file costs a second, so a run asks for some.
@hypothesis.settings(max_examples=20, deadline=None)
@given(st.sampled_from(PLACES))
def test_every_line_of_every_file_can_be_explained(place: tuple[str, int]) -> None:
    path, number = place
    found = TOLD.line(path, number)
    assert found.place.file == f"/etc/{path}"
    assert found.place.line <= number


@pytest.mark.parametrize("name", settings.NAMES)
def test_what_a_setting_shapes_is_what_stands_behind_the_line(name: str) -> None:
    for place in TOLD.setting(name).lines:
        assert name in [it.name for it in TOLD.line(place.file.removeprefix("/etc/"), place.line).settings]


def test_a_setting_is_tried_where_the_server_could_not_be_built_with_another() -> None:
    # There is no certificate for another name.
    shaped = [it.text.partition(" =")[0] for it in TOLD.setting("OVERRIDE_HOSTNAME").lines]
    assert {"myhostname", "mydomain"} <= set(shaped)
