"""rendered(): a template's text. Every template, the image's and the operator's, knows the same names."""

from __future__ import annotations

from mailwright.core import paths
from mailwright.model.mailserver import Mailserver
from mailwright.templating.templates import Templates


def rendered(path: str, mailserver: Mailserver, etc: str = "/etc", **computed: object) -> str:
    """The text of the template ``path``, whose files refer to one another below ``etc``.

    ``computed`` is one object with what a service decides in Python, named for the service.
    """
    return Templates(mailserver.templates).render(
        path,
        settings=mailserver.settings,
        hostname=mailserver.hostname,
        paths=paths,
        sockets=mailserver.sockets,
        server=mailserver,
        etc=etc,
        **computed,
    )
