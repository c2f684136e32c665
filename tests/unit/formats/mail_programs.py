"""Settings for the documents that mail programs read."""

from __future__ import annotations

from mailwright.core.client_settings import ClientSettings, Offer

IMAPS, IMAP = Offer("imap", 993, "TLS"), Offer("imap", 143, "STARTTLS")
POP3S = Offer("pop3", 995, "TLS")
SUBMISSIONS, SUBMISSION = Offer("smtp", 465, "TLS"), Offer("smtp", 587, "STARTTLS")
SIEVE = Offer("sieve", 4190, "STARTTLS")
DOMAIN, HOST, ADDRESS = "example.com", "mail.example.net", "me&you@example.com"
SETTINGS = ClientSettings(HOST, (IMAPS, IMAP, SUBMISSION, SIEVE), frozenset({DOMAIN, "example.org"}))
MORE = ClientSettings(
    HOST, (IMAPS, IMAP, POP3S, SUBMISSIONS, SUBMISSION), frozenset({DOMAIN}), any_domain=False, oauth2=True
)
