"""The operator's ``postfix-master.cf``: ``service/type/parameter=value`` a line, as ``postconf -P`` takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mailwright.core.problems import Problem, shown_name
from mailwright.core.textfile import TextFile

ROW = re.compile(r"(?P<service>[^\s/=]+)/(?P<type>[a-z]+)/(?P<name>[A-Za-z0-9_]+)\s*=\s*(?P<value>.*)", re.ASCII)
SERVICE = re.compile(r"(?P<service>[^\s#]\S*)\s+(?P<type>inet|unix|unix-dgram|fifo|pass)\s", re.ASCII)
# What gives a client rights by its address, and what tells Rspamd that its address gives none.
RIGHTS_BY_ADDRESS = (
    "mynetworks",
    "smtpd_authorized_xclient_hosts",
    "smtpd_authorized_xforward_hosts",
    "milter_macro_v",
)
# Services that have one beside them for proxies, and what these have to say themselves.
BESIDE = (("smtp", "inet"), ("smtpd", "pass"), ("submission", "inet"), ("submissions", "inet"))
NOT_FOR_PROXIES = (
    *RIGHTS_BY_ADDRESS,
    *("smtpd_upstream_proxy_protocol", "postscreen_upstream_proxy_protocol"),
    *("smtpd_service_name", "postscreen_cache_cleanup_interval"),
)
END = "\0"  # behind the last line
POSTSCREEN = re.compile(r"^smtp\s+inet\s.*\spostscreen\b", re.MULTILINE)
POSTSCREENS_OWN = ("postscreen_", "dnsblog_", "tlsproxy_")
OPTION_NAME = re.compile(r"\s+-o\s+(?:\{\s*)?([A-Za-z0-9_]+)\s*=")


@dataclass(frozen=True, slots=True)
class Option:
    """``-o name=value`` for one service of master.cf (master(5))."""

    service: str
    type: str
    name: str
    value: str
    where: str


def options(file: TextFile) -> tuple[list[Option], list[Problem]]:
    """The options of ``file`` in its order, and a Problem for each row that is not one."""
    parsed = []
    problems = []
    for number, row in file.rows():
        match = ROW.fullmatch(row)
        if match:
            parsed.append(Option(match["service"], match["type"], match["name"], match["value"], file.at(number)))
        else:
            problems.append(Problem(file.at(number), f"{shown_name(row)} is not service/type/parameter=value"))
    return parsed, problems


def services(text: str) -> list[tuple[str, str]]:
    """The (name, type) of every service in a master.cf, or in a template of one."""
    return [(match["service"], match["type"]) for line in text.splitlines() if (match := SERVICE.match(line))]


def with_options(text: str, overrides: Iterable[Option]) -> str:
    """master.cf's ``text`` with each option set in its service: replaced where it exists, else added at the end."""
    overridden: dict[tuple[str, str], dict[str, str]] = {}
    for option in overrides:
        overridden.setdefault((option.service, option.type), {})[option.name] = option.value
    result: list[str] = []
    pending: dict[str, str] = {}
    end = 0  # of the service's own lines; comments and blank lines may follow
    for line in [*text.splitlines(), END]:
        match = SERVICE.match(line)
        if match or line is END:
            result[end:end] = [_option(name, value) for name, value in pending.items()]
            pending = dict(overridden.get((match["service"], match["type"]), {})) if match else {}
        name = OPTION_NAME.match(line)
        result.append(_option(name[1], pending.pop(name[1])) if name and name[1] in pending else line)
        end = len(result) if line[:1] not in ("#", "") else end
    return "\n".join(result[:-1]) + "\n"


def behind_postscreen(operators: Iterable[Option], text: str) -> list[Option]:
    """The options for master.cf's ``text``: with postscreen(8) on port 25, options of smtp/inet go to its smtpd.

    postscreen passes its clients to the service smtpd/pass; operators still write smtp/inet for port 25. Options of a
    port hold for the service beside it too, at which proxies speak for clients.
    """
    result = []
    for option in operators:
        service, type_, _ = in_place(f"{option.service}/{option.type}/{option.name}", text).split("/")
        result.append(replace(option, service=service, type=type_))
    return _for_proxies(result, text) + result


def _for_proxies(options: Iterable[Option], text: str) -> list[Option]:
    """The options as those of ``text``'s services for proxies, without what these must say themselves."""
    known = services(text)
    twins = (
        replace(option, service=f"{option.service}-proxy", type="pass")
        for option in options
        if (option.service, option.type) in BESIDE and option.name not in NOT_FOR_PROXIES
    )
    return [twin for twin in twins if (twin.service, twin.type) in known]


def in_place(name: str, text: str) -> str:
    """The option ``service/type/parameter`` of the service that uses it in ``text``: smtpd/pass behind postscreen."""
    service, _, parameter = name.rpartition("/")
    moves = service == "smtp/inet" and not parameter.startswith(POSTSCREENS_OWN) and POSTSCREEN.search(text)
    return f"smtpd/pass/{parameter}" if moves else name


def _option(name: str, value: str) -> str:
    """One -o; braces keep blanks together (master(5))."""
    return f"  -o {{ {name} = {value} }}" if re.search(r"\s", value) else f"  -o {name}={value}"
