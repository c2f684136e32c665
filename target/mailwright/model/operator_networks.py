"""mynetworks of the operator's overrides: it lets clients relay without a login, so gateways stay out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_network

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.core.values import LEAST_BITS
from mailwright.formats.main_cf import Parameter
from mailwright.formats.master_cf import Option

MYNETWORKS = "mynetworks"
WORD = re.compile(r"[\s,]+")
REFERENCE = re.compile(r"\$[({]?(\w+)[)}]?")
DEPTH = 5


def problems(value: str, where: str, gateways: Iterable[str]) -> Iterator[Problem]:
    """The Problems with the ``value`` of mynetworks (postconf(5))."""
    for word in words(value):
        network = _network(word)
        if word.startswith("static:") or (network and network.prefixlen < LEAST_BITS[network.version]):
            what = f"mynetworks: {word} would let strangers send through this server"
            yield Problem(where, what, "name the networks of your own clients")
    if kept_out := excluded(value, gateways):
        what = f"mynetworks: clients in it send without a login; not so {', '.join(kept_out)}"
        hint = "gateways, which stand for any client behind Docker's proxy; a login on port 587 is safer"
        yield Problem(where, what, hint, True)


def excluded(value: str, gateways: Iterable[str]) -> tuple[str, ...]:
    """The ``gateways`` to keep out: those that ``value`` may hold and does not name by itself."""
    stated = words(value)
    networks = [_network(word) for word in stated]
    return tuple(
        gateway
        for gateway in gateways
        if not {gateway, f"{gateway}/32", f"!{gateway}", f"!{gateway}/32"} & {*stated}
        and any(network is None or _holds(network, gateway) for network in networks)
    )


def expanded(value: str, stated: Iterable[Parameter]) -> str:
    """``value`` with the operator's own parameters in place of their names; $name inside $name, but not for ever."""
    values = {parameter.name: parameter.value for parameter in stated}
    for _ in range(DEPTH):
        value = REFERENCE.sub(lambda match: values.get(match[1], match[0]), value)
    return value


def files(value: str) -> list[str]:
    """The files in ``value``, whose words count as if they stood in it."""
    return [word.lstrip("!") for word in words(value) if word.lstrip("!").startswith("/")]


def with_files(value: str, texts: Mapping[str, str]) -> str:
    """``value`` with the words of each file in its place, as far as ``texts`` has them by path."""
    shown = [word for word in words(value) if word not in texts]
    for path in texts:
        rows = (line.partition("#")[0] for line in texts[path].splitlines())
        shown += [word for row in rows for word in words(row)]
    return " ".join(shown)


def words(value: str) -> list[str]:
    """The words of a list of postconf(5)."""
    return [word for word in WORD.split(value) if word]


def _network(word: str) -> IPv4Network | IPv6Network | None:
    """The network that ``word`` names; None for a table, a file or a parameter."""
    try:
        return ip_network(word.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return None


def _holds(network: IPv4Network | IPv6Network, gateway: str) -> bool:
    other = ip_network(gateway)
    return isinstance(network, IPv4Network) and isinstance(other, IPv4Network) and other.subnet_of(network)


def guarded_file(file: TextFile | None, stated: Iterable[Parameter], gateways: Iterable[str]) -> TextFile | None:
    """``file`` with the gateways excluded where it sets mynetworks; its lines keep their numbers."""
    parameter = next((parameter for parameter in stated if parameter.name == MYNETWORKS), None)
    if not file or not parameter:
        return file
    kept_out = "".join(f" !{gateway}" for gateway in excluded(parameter.value, gateways))
    lines = file.text.split("\n")
    lines[parameter.line - 1] = re.sub("=", lambda equals: equals[0] + kept_out, lines[parameter.line - 1], count=1)
    return TextFile(file.name, "\n".join(lines))


def guarded_option(option: Option, gateways: Iterable[str]) -> Option:
    """``option`` with the gateways excluded if it sets mynetworks."""
    if option.name != MYNETWORKS:
        return option
    kept_out = [f"!{gateway}" for gateway in excluded(option.value, gateways)]
    return replace(option, value=" ".join([*kept_out, option.value]))
