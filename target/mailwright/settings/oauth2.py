"""Settings of OAuth2: logins with a token of an identity provider."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailwright.settings.section import Section
from mailwright.settings.types import PRIVATE, Claim, HttpUrl, Path, Switch, Words


class Oauth2(Section):
    """OAuth2"""

    enable_oauth2: Switch = Field(
        False,
        description="Users can sign in with a token of an identity provider (XOAUTH2, OAUTHBEARER) instead of a "
        "password. Each needs an account here, and the token must name its address.",
    )
    oauth2_introspection_url: HttpUrl = Field(
        "",
        description="Where the provider says whose a token is: its userinfo endpoint, or with "
        "OAUTH2_INTROSPECTION_MODE=post its introspection endpoint. It may contain the client: "
        "https://id:secret@id.example.com/introspect.",
        json_schema_extra=PRIVATE,
    )
    oauth2_introspection_mode: Literal["auth", "post", "get", "local"] = Field(
        "auth",
        description="How the provider is asked: auth (userinfo endpoint), post (introspection endpoint, RFC 7662), get "
        "(the token is added to the URL), or local (nobody is asked: oauth2-keys.json in the config folder has the "
        "keys that check tokens).",
    )
    oauth2_client_id: str = Field("", description="Client that asks the provider, for OAUTH2_INTROSPECTION_MODE=post.")
    oauth2_client_secret: str = Field("", description="Password of OAUTH2_CLIENT_ID.", json_schema_extra=PRIVATE)
    oauth2_username_attribute: Claim = Field(
        "email", description="Name of the claim that holds the user's address, which is the login."
    )
    oauth2_active_attribute: Claim = Field(
        "",
        description="Name of a claim that must be true. Empty: active with OAUTH2_INTROSPECTION_MODE=post, otherwise "
        "none.",
    )
    oauth2_audience: Claim = Field(
        "",
        description="Audience (claim aud) that a token must be for, usually the client of the mail programs. Empty: "
        "tokens for any application of the provider sign in. OAUTH2_INTROSPECTION_MODE=local needs it.",
    )
    oauth2_scope: Words = Field("", description="Scopes that a token must have, all of them. Empty: any.")
    oauth2_issuer: Claim = Field(
        "", description="Issuer (claim iss) of the tokens, for OAUTH2_INTROSPECTION_MODE=local."
    )
    oauth2_clients: Words = Field(
        "",
        description="Clients whose tokens are accepted (claim azp), for OAUTH2_INTROSPECTION_MODE=local. Empty: "
        "OAUTH2_AUDIENCE. A token without this claim needs the audience only.",
    )
    oauth2_ca_file: Path = Field(
        "",
        description="Certificates (PEM) that the provider's certificate is verified with. Empty: the public "
        "certificate authorities.",
    )
