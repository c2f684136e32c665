"""How Dovecot finds accounts in the directory: filters and fields of its passdb and userdb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailwright.core.problems import Problem
from mailwright.formats import dovecot_attributes
from mailwright.formats.dovecot_attributes import LOGIN, MAIL, Attributes, AttributesError, Quota
from mailwright.model.variables import Variables
from mailwright.settings import Settings

QUOTA_FIELD = "quota/user/quota_storage_size"
UNITS = {"B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
NOTHING = Attributes({}, None, ())


@dataclass(frozen=True, slots=True)
class LdapAccounts:
    """Filters in the words of Dovecot 2.4, and the fields of a login and of a user."""

    pass_filter: str = ""
    user_filter: str = ""
    user: str = MAIL
    password: str = ""  # empty: the directory tries it
    fields: Mapping[str, str] = field(default_factory=dict)  # of a user, without his name
    has_quotas: bool = False

    @property
    def every_user(self) -> str:
        """The filter that finds all users."""
        return dovecot_attributes.any_user(self.user_filter)

    def name(self, text: str) -> str:
        """The name of the account that the filter ``text`` has found.

        An entry that is found by its address has the name that was asked for. If it has a second value of mail, even
        one of another person, the server may name that one first.
        """
        return LOGIN if self.names_by_mail and dovecot_attributes.finds_by_mail(text) else self.user

    @property
    def paths(self) -> Mapping[str, bool]:
        """The attributes that say where mail is. True: one is the whole path, or its beginning."""
        return dovecot_attributes.paths(self.fields)

    @property
    def names_by_mail(self) -> bool:
        """Whether an account's name is its address in the attribute mail."""
        return self.user == MAIL


def accounts(variables: Variables) -> tuple[LdapAccounts, list[Problem]]:
    """The accounts as Dovecot finds them, and the Problems with the variables."""
    settings, problems = variables.settings, list[Problem]()

    def kept(name: str, text: str) -> Attributes:
        try:
            found = dovecot_attributes.attributes(text)
        except AttributesError as error:
            problems.append(variables.error(name, str(error)))
            return NOTHING
        problems.extend(variables.warning(name, text) for text in found.left_out)
        return found

    logins = kept("DOVECOT_PASS_ATTRS", settings.dovecot_pass_attrs)
    users = kept("DOVECOT_USER_ATTRS", settings.dovecot_user_attrs)
    user_name, pass_name = _stated_filters(variables)
    user_filter = _filter(user_name, variables, problems)
    pass_filter = _filter(pass_name, variables, problems) if pass_name else user_filter
    password = "" if settings.dovecot_auth_bind else logins.fields.get("password", "")
    if not password and not settings.dovecot_auth_bind and logins is not NOTHING:
        hint = "add userPassword=password, or set DOVECOT_AUTH_BIND=1"
        problems.append(variables.error("DOVECOT_PASS_ATTRS", "names no password", hint))
    limited = _quota(settings, users, logins)
    both = {**logins.fields, **users.fields}
    fields = {name: value for name, value in both.items() if name not in ("user", "password")}
    if limited and settings.enable_quotas:
        fields[QUOTA_FIELD] = _quota_expression(limited, settings.postfix_mailbox_size_limit)
    user = both.get("user", MAIL)
    pass_filter, user_filter = (dovecot_attributes.naming(text, user) for text in (pass_filter, user_filter))
    return LdapAccounts(pass_filter, user_filter, user, password, fields, bool(limited)), problems


def _filters(settings: Settings) -> dict[str, str]:
    return {
        "DOVECOT_USER_FILTER": settings.dovecot_user_filter,
        "DOVECOT_USERDB_LDAP_FILTER": settings.dovecot_userdb_ldap_filter,
        "DOVECOT_PASS_FILTER": settings.dovecot_pass_filter,
        "DOVECOT_PASSDB_LDAP_FILTER": settings.dovecot_passdb_ldap_filter,
    }


def _stated_filters(variables: Variables) -> tuple[str, str]:
    """The variables that hold the filters of users and of logins; empty for logins if it is the same."""
    user, login = (
        ("DOVECOT_USER_FILTER", "DOVECOT_USERDB_LDAP_FILTER"),
        ("DOVECOT_PASS_FILTER", "DOVECOT_PASSDB_LDAP_FILTER"),
    )
    return (
        next((name for name in user if name in variables), user[0]),
        next((name for name in login if name in variables), ""),
    )


def _filter(name: str, variables: Variables, problems: list[Problem]) -> str:
    try:
        text = dovecot_attributes.expression(_filters(variables.settings)[name])
    except AttributesError as error:
        problems.append(variables.error(name, str(error)))
        return ""
    if not dovecot_attributes.balanced(text):
        problems.append(variables.error(name, "is not a filter: its parentheses do not match", "(mail=%u)"))
    elif "%{user" not in text:
        problems.append(variables.error(name, "finds the same for every login: it lacks %u", "(mail=%u)"))
    return text


def _quota(settings: Settings, users: Attributes, logins: Attributes) -> Quota | None:
    if settings.ldap_quota_attribute:
        return Quota(settings.ldap_quota_attribute, settings.ldap_quota_unit)
    return users.quota or logins.quota


def _quota_expression(quota: Quota, default: int) -> str:
    """The size of a mailbox: that of the attribute, otherwise that of all mailboxes (0: no limit)."""
    fallback = -(-default // UNITS.get(quota.unit, 1))
    return f"%{{ldap:{quota.attribute} | default('{fallback}') | concat('{quota.unit}')}}"
