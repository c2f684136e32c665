"""Types of settings: text of a variable → value, or a ValueError whose text completes "NAME: 'text' …"."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, JsonValue

from mailwright.core import values
from mailwright.core.values import LEAST_BITS

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")
# json_schema_extra of a setting whose text may contain a password: no message shows it.
PRIVATE: dict[str, JsonValue] = {"private": True}
# The same for an invalid text only: a valid one is a host, which may be shown.
PRIVATE_IF_WRONG: dict[str, JsonValue] = {"private": True, "shown_once_accepted": True}
MAIL_USERS = 500  # libnss-extrausers knows no user below
# ACME directories that have a short name.
DIRECTORIES = {
    "letsencrypt": "https://acme-v02.api.letsencrypt.org/directory",
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
}
URI = re.compile(r"[a-z][a-z0-9-]*:[^\s,]+")
URL = re.compile(r"[!-~]+")  # visible ASCII
EAB = re.compile(r"[!-~]{1,512}")
CLAIM = re.compile(r"[A-Za-z0-9._~:/?@&=+-]+", re.ASCII)


def _switch(text: object) -> bool:
    if isinstance(text, bool):
        return text
    word = str(text).strip().lower()
    if word not in TRUE + FALSE:
        raise ValueError("is not 0 or 1 (also accepted: no, yes, off, on, false, true)")
    return word in TRUE


def _byte_size(text: object) -> int:
    return text if isinstance(text, int) else values.byte_size(str(text))


def _log_size(text: object) -> int:
    size = _byte_size(text)
    if 0 < size < 1 << 20:
        raise ValueError("is less than 1M (0: no limit)")
    return size


def _hostname(text: object) -> str:
    if not text:
        return ""
    try:
        return values.host_name(str(text))
    except ValueError as error:
        raise ValueError(f"{error} (such as mail.example.com)") from None


def _domain(text: object) -> str:
    # The wildcard certificate *.example.com is stored in the folder example.com.
    return values.domain(str(text).removeprefix("*.")) if text else ""


def _address(text: object) -> str:
    return str(values.recipient_address(str(text))) if text else ""


def _addresses(text: object) -> str:
    return ",".join(_address(word) for word in str(text).replace(",", " ").split())


def _mail_user(text: object) -> int:
    number = _id(text)
    if number < MAIL_USERS:
        raise ValueError(
            f"is the number of a system user, below {MAIL_USERS} (such as 5000; a start gives the mail to it)"
        )
    return number


def _id(text: object) -> int:
    word = str(text)
    if not word.isascii() or not word.isdigit() or not 0 < int(word) < 2**31:
        raise ValueError("is not a user or group number above 0")
    return int(word)


def _number(text: object, least: float, most: float, wrong: str) -> float:
    """``text`` as a number from ``least`` to ``most``; ValueError says what is ``wrong``."""
    try:
        number = float(str(text))
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise ValueError(wrong)
    return number


def _seconds(text: object) -> float:
    return _number(text, 0.1, 3600, "is not a number of seconds (from 0.1 to 3600)")


def _waiting_seconds(text: object) -> float:
    wrong = "is not a number of seconds from 0.5 to 4 (mail and logins must be answered within 5)"
    return _number(text, 0.5, 4, wrong)


def _transport(text: object) -> str:
    if text and not URI.fullmatch(str(text)):
        raise ValueError("is not a transport (hint: lmtp:inet:host:port, see transport(5))")
    return str(text)


def _path(text: object) -> str:
    if text and not str(text).startswith("/"):
        raise ValueError("is not an absolute path inside the container")
    return str(text)


def _next_hop(text: object) -> str:
    return str(values.next_hop(str(text))) if text else ""


def _relay_host(text: object) -> str:
    if not text:
        return ""
    word = str(text).strip()
    if re.fullmatch(r"\[[^\]]*\]:\d+|[^:]*:\d+", word):
        raise ValueError("has a port; set the port in RELAY_PORT")
    try:
        return values.next_hop(word if word.startswith("[") else f"[{word}]").host
    except ValueError:
        raise ValueError("is neither a host name nor an IP address") from None


def _port(text: object) -> int:
    word = str(text)
    if not word.isascii() or not word.isdigit() or not 0 < int(word[:6]) < 1 << 16:
        raise ValueError("is not a port between 1 and 65535")
    return int(word)


def _count(text: object) -> int:
    word = str(text).strip()
    if not word.isascii() or not word.isdigit() or len(word) > 9:
        raise ValueError("is not a whole number (0 or more)")
    return int(word)


def _interval(text: object) -> int:
    if not (number := _count(text)):
        raise ValueError("is not a whole number from 1")
    return number


def _score(text: object) -> float:
    return _number(text, 0, 1000, "is not a score (a number from 0 to 1000)")


def _host_port(text: object) -> str:
    word = str(text).strip()
    host, _, port = word.rpartition(":")
    if word and not (re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", host) and port.isdigit()):
        raise ValueError("is not host:port")
    return f"{host}:{_port(port)}" if word else ""


def _remote_host(text: object) -> str:
    word = str(text).strip().lower()
    host, slash, port = word.partition("/")
    if word and not re.fullmatch(r"[a-z0-9._:-]+", host):
        raise ValueError("is not a host name or address, with /port if you like")
    return f"{host}{slash}{_port(port) if slash else ''}"


def _prefix(text: object) -> str:
    if "${" in str(text):
        raise ValueError("contains ${, which starts a variable in Sieve")
    return str(text)


def _http_url(text: object) -> str:
    word = str(text).strip()
    if not word:
        return ""
    try:
        url = urlsplit(word)
        is_url = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0 and not url.fragment
    except ValueError:
        is_url = False
    if not is_url or not URL.fullmatch(word):
        raise ValueError("is not a URL (such as https://id.example.com/userinfo)")
    return word


def _claim(text: object) -> str:
    word = str(text).strip()
    if word and not CLAIM.fullmatch(word):
        raise ValueError("has blanks, quotes or other characters that no such name has")
    return word


def _words(text: object) -> str:
    return " ".join(_claim(word) for word in str(text).replace(",", " ").split())


def _domains(text: object) -> str:
    names = [name.strip() for name in str(text).split(",") if name.strip()]
    return ",".join(f".{values.domain(name[1:])}" if name.startswith(".") else values.domain(name) for name in names)


def _hosts(text: object) -> str:
    return ",".join(values.host_name(word) for word in str(text).replace(",", " ").split())


def _acme_names(text: object) -> str:
    words = str(text).replace(",", " ").split()
    return ",".join("*." * word.startswith("*.") + values.host_name(word.removeprefix("*.")) for word in words)


def _acme_directory(text: object) -> str:
    word = str(text).strip()
    if word.lower() in DIRECTORIES:
        return word.lower()
    try:
        url = urlsplit(word)
        is_url = url.scheme == "https" and bool(url.hostname) and url.port != 0 and not (url.fragment or url.username)
    except ValueError:
        is_url = False
    if not is_url or not URL.fullmatch(word):
        raise ValueError(f"is not {', '.join(DIRECTORIES)} or the https:// URL of a directory")
    return word


def _eab(text: object) -> str:
    word = str(text).strip()
    if word and not EAB.fullmatch(word):
        raise ValueError("has blanks or other characters that the CA does not give")
    return word


def _networks(text: object) -> str:
    return ",".join(str(_network(word)) for word in str(text).replace(",", " ").split())


def _network(word: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(word)
    except ValueError:
        raise ValueError("has a word that is not an IP address or network (such as 10.0.3.7 or 10.0.3.0/24)") from None
    if network.prefixlen < LEAST_BITS[network.version]:
        raise ValueError("has a network so wide that strangers are in it; name your proxies only")
    return network


def _srs_secrets(text: object) -> str:
    secrets = [secret.strip() for secret in str(text).split(",")] if text else []
    if any(not secret or " " in secret or not secret.isascii() for secret in secrets):
        raise ValueError("contains a secret that is empty, or that has blanks or non-ASCII characters")
    return ",".join(secrets)


# The text in each type describes the accepted values; settings.accepted() returns it.
Switch = Annotated[bool, BeforeValidator(_switch)]
ByteSize = Annotated[int, BeforeValidator(_byte_size), "size in bytes, such as 25M"]
LogSize = Annotated[int, BeforeValidator(_log_size), "size in bytes, such as 100M"]
Hostname = Annotated[str, BeforeValidator(_hostname), "full host name"]
CertificateDomains = Annotated[str, BeforeValidator(_hosts), "host names, separated by commas"]
CertificateDomain = Annotated[str, BeforeValidator(_domain), "domain name"]
MailAddress = Annotated[str, BeforeValidator(_address), "mail address"]
MailAddresses = Annotated[str, BeforeValidator(_addresses), "mail addresses, separated by commas"]
MailUser = Annotated[int, BeforeValidator(_mail_user), "number from 500"]
SystemId = Annotated[int, BeforeValidator(_id), "number above 0"]
Seconds = Annotated[float, BeforeValidator(_seconds), "seconds from 0.1 to 3600"]
WaitingSeconds = Annotated[float, BeforeValidator(_waiting_seconds), "seconds from 0.5 to 4"]
Transport = Annotated[str, BeforeValidator(_transport), "transport, such as lmtp:inet:host:port"]
Domains = Annotated[str, BeforeValidator(_domains), "domain names, separated by commas"]
SrsSecrets = Annotated[str, BeforeValidator(_srs_secrets), "secrets, separated by commas"]
RelayNextHop = Annotated[str, BeforeValidator(_next_hop), "[host]:port"]
RelayHost = Annotated[str, BeforeValidator(_relay_host), "host name or IP address"]
Port = Annotated[int, BeforeValidator(_port), "port number"]
Count = Annotated[int, BeforeValidator(_count), "whole number"]
Interval = Annotated[int, BeforeValidator(_interval), "whole number from 1"]
Networks = Annotated[str, BeforeValidator(_networks), "IP addresses and networks, separated by commas"]
Prefix = Annotated[str, BeforeValidator(_prefix), "text"]
Score = Annotated[float, BeforeValidator(_score), "score"]
HostPort = Annotated[str, BeforeValidator(_host_port), "host:port"]
HttpUrl = Annotated[str, BeforeValidator(_http_url), "URL"]
AcmeDirectory = Annotated[str, BeforeValidator(_acme_directory), "letsencrypt, staging or a URL"]
AcmeNames = Annotated[str, BeforeValidator(_acme_names), "host names, separated by commas"]
Eab = Annotated[str, BeforeValidator(_eab), "text without blanks"]
Claim = Annotated[str, BeforeValidator(_claim), "name without blanks"]
Words = Annotated[str, BeforeValidator(_words), "names without blanks, separated by blanks or commas"]
RemoteHost = Annotated[str, BeforeValidator(_remote_host), "host or host/port"]
Path = Annotated[str, BeforeValidator(_path), "absolute path inside the container"]
InetProtocols = Literal["all", "ipv4", "ipv6"]
