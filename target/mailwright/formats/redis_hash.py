"""Redis: what ``redis-cli HGETALL`` prints of a hash whose values are private keys in PEM form."""

from __future__ import annotations

import re

# To a pipe: a line of the field, then the lines of the value. To a terminal: 1) "field", 2) "value" with \n.
NUMBERED = re.compile(r'(?m)^[ \t]*+\d++\)[ \t]++"((?:[^"\\\n]|\\.)*+)"[ \t]*$')
ESCAPE = re.compile(r"\\(.)")
PAIR = re.compile(
    r"(?m)^(?P<field>[^\s-]\S*)\n+"
    r"(?P<value>-----BEGIN (?:RSA )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]++-----END (?:RSA )?PRIVATE KEY-----)"
)


def private_keys(text: str) -> dict[str, str]:
    """Field → private key in PEM form."""
    text = text.replace("\r\n", "\n")
    if parts := NUMBERED.findall(text):
        text = "\n".join(ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], part) for part in parts)
    return {match["field"]: match["value"] + "\n" for match in PAIR.finditer(text)}
