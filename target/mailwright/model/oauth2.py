"""OAuth2: whose tokens sign in, and who says whose a token is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from mailwright.core.problems import Findings, Problem, errors
from mailwright.formats.key_set import NO_NAME, Key, keys
from mailwright.model.inputs import Inputs
from mailwright.model.named_files import authorities
from mailwright.model.variables import Variables
from mailwright.settings import Settings

KEYS = "oauth2-keys.json"
# Names that no public DNS has (RFC 6762, RFC 8375, and what ICANN reserved).
PRIVATE_ENDS = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test", ".invalid")


@dataclass(frozen=True)
class Oauth2:
    """How tokens are judged. ``url`` has no user and password in it; with ``keys`` nobody is asked."""

    url: str = field(default="", repr=False)
    client: tuple[str, str] | None = field(default=None, repr=False)  # its name and password
    ca: str = ""  # certificates in PEM; empty: the public ones
    keys: tuple[Key, ...] = ()
    parties: tuple[str, ...] = ()  # clients whose tokens the keys check

    @property
    def asks(self) -> bool:
        """Whether the provider is asked about each token."""
        return bool(self.url)

    def key_files(self) -> Iterator[tuple[str, str]]:
        """Name and text of a file for each client, algorithm and key: so Dovecot looks for a token's key."""
        for party in dict.fromkeys((NO_NAME, *self.parties)):
            for key in self.keys:
                yield from (
                    (f"{_escaped(party)}/{algorithm}/{_escaped(key.name)}", key.pem) for algorithm in key.algorithms
                )


def wanted_paths(settings: Settings) -> tuple[str, ...]:
    """The certificates that the provider's certificate is verified with."""
    return (settings.oauth2_ca_file,) if settings.enable_oauth2 and settings.oauth2_ca_file else ()


def oauth2(inputs: Inputs) -> tuple[Oauth2 | None, list[Problem]]:
    """The Oauth2 of the settings and of the key set, and the Problems with them."""
    settings, variables = inputs.settings, inputs.variables
    inputs.folder.text(KEYS)  # known, also while it is not used
    if not settings.enable_oauth2:
        names = sorted(name for name in variables.values if name.startswith("OAUTH2_") and variables.is_chosen(name))
        return None, [variables.warning(name, "has no effect without ENABLE_OAUTH2=1") for name in names]
    if settings.smtp_only:
        what = "SMTP_ONLY runs no Dovecot, so nobody can log in; it has no effect"
        return None, [variables.warning("ENABLE_OAUTH2", what)]
    problems = Findings()
    made = problems.keep(_local(inputs) if settings.oauth2_introspection_mode == "local" else _asking(inputs))
    return (None if errors(problems) else made), problems


def _local(inputs: Inputs) -> tuple[Oauth2, list[Problem]]:
    """Tokens are checked with the keys of the config folder."""
    settings, variables, problems = inputs.settings, inputs.variables, Findings()
    mode = "OAUTH2_INTROSPECTION_MODE"
    for name in ("OAUTH2_ISSUER", "OAUTH2_AUDIENCE"):
        if not getattr(settings, name.lower()):
            problems.append(variables.error(mode, f"local needs {name}", "without it, others' tokens would sign in"))
    for name in ("OAUTH2_INTROSPECTION_URL", "OAUTH2_CLIENT_ID", "OAUTH2_CLIENT_SECRET", "OAUTH2_CA_FILE"):
        if getattr(settings, name.lower()):
            problems.append(variables.warning(name, f"has no effect with {mode}=local: nobody is asked"))
    if KEYS not in inputs.folder.content:
        problems.append(variables.error(mode, f"local needs {KEYS}", "the key set of the provider's jwks_uri"))
    parsed = problems.keep(inputs.folder.parsed(KEYS, keys))
    parties = settings.oauth2_clients.split() or [settings.oauth2_audience]
    problems += (
        variables.error("OAUTH2_CLIENTS", f"{party} is not a name that Dovecot can look up")
        for party in parties
        if party in (".", "..")
    )
    return Oauth2(keys=parsed, parties=tuple(dict.fromkeys(parties))), problems


def _asking(inputs: Inputs) -> tuple[Oauth2, list[Problem]]:
    """The provider is asked about each token."""
    settings, variables = inputs.settings, inputs.variables
    if not settings.oauth2_introspection_url:
        what = "needs OAUTH2_INTROSPECTION_URL, where the provider says whose a token is"
        return Oauth2(), [variables.error("ENABLE_OAUTH2", what)]
    problems = Findings(_contradictions(settings, variables))
    url = urlsplit(settings.oauth2_introspection_url)
    client = None
    if url.username is not None:
        client = (unquote(url.username), unquote(url.password or ""))
    elif settings.oauth2_client_id:
        client = (settings.oauth2_client_id, settings.oauth2_client_secret)
    bare = url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()
    problems += _transport(bare, variables)
    return Oauth2(bare, client, problems.keep(authorities(inputs, "OAUTH2_CA_FILE"))), problems


def _contradictions(settings: Settings, variables: Variables) -> Iterator[Problem]:
    """What does not go with the mode, and what it lacks."""
    mode, url = settings.oauth2_introspection_mode, urlsplit(settings.oauth2_introspection_url)
    post = "OAUTH2_INTROSPECTION_MODE=post with the introspection endpoint"
    if (url.username is not None or settings.oauth2_client_id) and mode != "post":
        name = "OAUTH2_INTROSPECTION_URL" if url.username is not None else "OAUTH2_CLIENT_ID"
        yield variables.error(name, f"OAUTH2_INTROSPECTION_MODE={mode} sends no client and password", post)
    if url.username is not None and settings.oauth2_client_id:
        yield variables.error("OAUTH2_CLIENT_ID", "OAUTH2_INTROSPECTION_URL contains a client already")
    for name, other in (("CLIENT_ID", "CLIENT_SECRET"), ("CLIENT_SECRET", "CLIENT_ID")):
        if getattr(settings, f"oauth2_{name}".lower()) and not getattr(settings, f"oauth2_{other}".lower()):
            yield variables.error(f"OAUTH2_{name}", f"needs OAUTH2_{other} too")
    for name in ("OAUTH2_ISSUER", "OAUTH2_CLIENTS"):
        if getattr(settings, name.lower()):
            yield variables.warning(name, "has no effect without OAUTH2_INTROSPECTION_MODE=local")
    for name in ("OAUTH2_AUDIENCE", "OAUTH2_SCOPE"):
        if getattr(settings, name.lower()) and mode == "auth":
            yield variables.error(name, "a userinfo endpoint does not say what a token is for", post)
    if not settings.oauth2_audience:
        what = "is not set: tokens that the provider gives to any other application sign in here too"
        yield variables.warning("OAUTH2_AUDIENCE", what, post if mode == "auth" else "the client of the mail programs")


def _transport(url: str, variables: Variables) -> Iterator[Problem]:
    """What is wrong with an address without TLS: tokens are passwords, and a forged answer signs in anybody."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return
    name = "OAUTH2_INTROSPECTION_URL"
    if _is_private(host):
        what = f"http:// to {host}: whoever reaches the network between can read tokens and forge answers"
        yield variables.warning(name, what, "https:// verifies the provider")
    else:
        what = f"http:// to {host} is refused: tokens and answers would cross a public network unprotected"
        yield variables.error(name, what, "https://, or a private name or address inside a Docker network")


def _escaped(name: str) -> str:
    """``name`` as Dovecot writes it in the name of a file."""
    return name.replace("%", "%25").replace("/", "%2f")


def _is_private(host: str) -> bool:
    """Whether ``host`` is on this machine or in a private network, as in a Docker network."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(PRIVATE_ENDS)
    return address.is_private or address.is_loopback or address.is_link_local
