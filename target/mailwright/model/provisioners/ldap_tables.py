"""Postfix's look-ups in the directory: five tables of ldap_table(5), from defaults, files and variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailwright.core.problems import Findings, Problem, did_you_mean
from mailwright.core.sockets import LDAP_DOMAINS, LDAP_POSTFIX
from mailwright.formats import main_cf
from mailwright.formats.dovecot_attributes import balanced
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners.provisioner import PostfixTable
from mailwright.model.variables import Variables
from mailwright.settings import Settings

# Table → what its filter's variable ends with.
KINDS = {"users": "USER", "groups": "GROUP", "aliases": "ALIAS", "domains": "DOMAIN", "senders": "SENDERS"}
SEARCH = """search_base scope result_attribute result_format special_result_attribute leaf_result_attribute
terminal_result_attribute domain dereference recursion_limit expansion_limit size_limit""".split()
# The relay makes all connections, as the variables say.
CONNECTION = """server_host server_port timeout version bind bind_dn bind_pw start_tls tls_ca_cert_file tls_ca_cert_dir
tls_cert tls_key tls_require_cert tls_cipher_suite""".split()
UNUSED = """chase_referrals debuglevel result_filter sasl_mechs sasl_realm sasl_authz_id sasl_minssf tls_random_file
cache cache_expiry cache_size""".split()
ALIVE = 5  # seconds; the relay answers earlier


def tables(variables: Variables, folder: ConfigFolder) -> tuple[Mapping[str, PostfixTable], list[Problem]]:
    """The tables by kind, and the Problems with their files and variables. ``senders`` is there only if it is set."""
    problems = Findings()
    made = {}
    for kind in KINDS:
        stated = problems.keep(_file(kind, variables, folder))
        parameters = {**_defaults(kind, variables.settings), **stated, **dict(_from_variables(kind, variables))}
        if kind == "senders" and not parameters["query_filter"]:
            continue
        problems.extend(_checked(kind, parameters["query_filter"], variables))
        made[kind] = _table(f"ldap-{kind}", parameters, variables.settings)
    return made, problems


def _table(name: str, parameters: Mapping[str, str], settings: Settings) -> PostfixTable:
    socket = LDAP_DOMAINS if name == "ldap-domains" else LDAP_POSTFIX
    connection = {
        "server_host": f"ldapi://{socket.replace('/', '%2F')}",
        "version": settings.ldap_version,
        "bind": "no",
        "timeout": str(ALIVE),
    }
    kept = {key: value for key, value in parameters.items() if value or key == "result_attribute"}
    return PostfixTable(name, "ldap", tuple({**connection, **kept}.items()))


def _filters(settings: Settings) -> dict[str, str]:
    """The filter of each table, as the variables have it."""
    return {
        "users": settings.ldap_query_filter_user,
        "groups": settings.ldap_query_filter_group,
        "aliases": settings.ldap_query_filter_alias,
        "domains": settings.ldap_query_filter_domain,
        "senders": settings.ldap_query_filter_senders,
    }


def _search(settings: Settings) -> dict[str, str]:
    """How every table searches, as the variables have it."""
    return {
        "search_base": settings.ldap_search_base,
        "scope": settings.ldap_scope,
        "result_attribute": settings.ldap_result_attribute,
        "result_format": settings.ldap_result_format,
        "special_result_attribute": settings.ldap_special_result_attribute,
        "leaf_result_attribute": settings.ldap_leaf_result_attribute,
        "terminal_result_attribute": settings.ldap_terminal_result_attribute,
        "domain": settings.ldap_domain,
        "dereference": settings.ldap_dereference,
        "recursion_limit": str(settings.ldap_recursion_limit),
        "expansion_limit": str(settings.ldap_expansion_limit),
        "size_limit": str(settings.ldap_size_limit),
    }


def _defaults(kind: str, settings: Settings) -> dict[str, str]:
    kept = {name: _search(settings)[name] for name in ("search_base", "result_attribute")}
    return {"query_filter": _filters(settings)[kind], **kept}


def _from_variables(kind: str, variables: Variables) -> Iterator[tuple[str, str]]:
    """What variables say, which counts more than the file."""
    stated = {"query_filter": _filters(variables.settings)[kind], **_search(variables.settings)}
    yield from ((name, value) for name, value in stated.items() if _variable(kind, name) in variables)


def _variable(kind: str, parameter: str) -> str:
    """The variable that sets ``parameter`` of the table."""
    return f"LDAP_QUERY_FILTER_{KINDS[kind]}" if parameter == "query_filter" else f"LDAP_{parameter.upper()}"


def _file(kind: str, variables: Variables, folder: ConfigFolder) -> tuple[dict[str, str], list[Problem]]:
    """The parameters of ldap-KIND.cf that have an effect, and the Problems with it."""
    file = folder.text(f"ldap-{kind}.cf")
    if not file:
        return {}, []
    rows, problems = main_cf.parameters(file)
    values = {}
    for row in rows:
        where, variable = file.at(row.line), f"LDAP_{row.name.upper()}"
        if row.name in (*SEARCH, "query_filter"):
            values[row.name] = row.value
            name = _variable(kind, row.name)
            if name in variables and variables.values[name].text.strip() != row.value:
                problems.append(Problem(where, f"{row.name} has no effect: {name} counts more", "", True))
        elif row.name in CONNECTION:
            problems.extend(_of_the_connection(where, row, variable, variables))
        elif row.name in UNUSED:
            problems.append(Problem(where, f"{row.name} has no effect here", "", True))
        else:
            hint = did_you_mean(row.name, (*SEARCH, *CONNECTION, "query_filter"))
            problems.append(Problem(where, f"{row.name} is not a parameter of ldap_table(5)", hint))
    return values, problems


def _of_the_connection(where: str, row: main_cf.Parameter, variable: str, variables: Variables) -> Iterator[Problem]:
    """All look-ups share one connection, so a file can't have another."""
    decided = getattr(variables.settings, variable.lower())
    if row.value in _spellings(decided) or row.name in ("timeout", "version"):
        return
    if variable in variables:
        yield Problem(where, f"{row.name} has no effect: {variable} decides for all look-ups", "", True)
    else:
        what = f"{row.name} is not taken from this file: all look-ups share one connection"
        yield Problem(where, what, f"set {variable}")


def _spellings(value: object) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("yes", "true", "1") if value else ("no", "false", "0", "")
    return (str(value),)


def _checked(kind: str, text: str, variables: Variables) -> Iterator[Problem]:
    """What is wrong with a filter."""
    name = _variable(kind, "query_filter")
    if not balanced(text):
        yield variables.error(name, "is not a filter: its parentheses do not match", "(mail=%s)")
    elif "%" not in text:
        yield variables.error(name, "finds the same for every address: it lacks %s", "(mail=%s)")
