"""Route: a path that the web server answers, declared once; nginx's configuration and the reference follow from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mailwright.model.mailserver import Mailserver
from mailwright.model.web import Role
from mailwright.services.declaration import always


@dataclass(frozen=True, slots=True)
class Document:
    """A text that is the same for every request: a file below nginx/documents."""

    name: str  # of the file
    text: Callable[[Mailserver], str]
    type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Files:
    """Files in a folder that another program writes. Its path ends with a slash."""

    folder: str
    type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Application:
    """An answer of the application. ``module`` is its module in mailwright.web.

    ``part`` gives what the module reads in the application's file, as JSON has it.
    """

    module: str
    part: Callable[[Mailserver], dict[str, object]] = field(default=lambda _: {})


@dataclass(frozen=True, slots=True)
class Route:
    """One path. A path that ends with a slash stands for all paths below it."""

    path: str
    purpose: str
    answer: Document | Files | Application
    roles: tuple[Role, ...] = ()  # the names that answer it; empty: every name, even one that is not ours
    methods: tuple[str, ...] = ("GET", "HEAD")
    plain: bool = False  # answered on port 80 too; all others are redirected to HTTPS
    body: int = 1024  # bytes that a request's body may have
    private: bool = False  # the log shows the path as it is declared here: what follows is secret
    logged: bool = True
    enabled: Callable[[Mailserver], bool] = always

    @property
    def is_folder(self) -> bool:
        """Whether it stands for all paths below it."""
        return self.path.endswith("/")
