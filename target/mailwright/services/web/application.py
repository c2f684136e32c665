"""web: the application behind nginx, for answers that are not the same for everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mailwright.core import paths, sockets
from mailwright.core.endpoints import Sockets, Unix
from mailwright.core.tree import Effect, File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service, User, socket_folder
from mailwright.services.web.route import Application
from mailwright.services.web.routes import routes
from mailwright.settings import Settings

USER = "web"
GROUP = "_nginx"  # may connect


def is_on(mailserver: Mailserver) -> bool:
    """Whether there is a web server."""
    return mailserver.web is not None


def files(mailserver: Mailserver, _etc: str) -> Iterator[File]:
    """What the application reads: the modules that answer, each with what it needs to know."""
    answers = {
        route.answer.module: route.answer for route in routes(mailserver) if isinstance(route.answer, Application)
    }
    stated = {
        "socket": sockets.WEB,
        "hostname": mailserver.hostname,
        "modules": {name: answer.part(mailserver) for name, answer in answers.items()},
    }
    text = json.dumps(stated, indent=1) + "\n"
    yield File(paths.WEB, text, "web", 0o400, f"{USER}:{USER}", effect=Effect.RESTART, secret=True)


def state(settings: Settings, _: Sockets) -> Iterator[Folder]:
    """The folder of its socket."""
    if settings.enable_web:
        yield from socket_folder(Unix(sockets.WEB), f"{USER}:{GROUP}")


WEB = Service(
    name="web",
    summary="answers what nginx hands on",
    start=106,  # after Postfix: nobody may learn that the server is healthy before it is
    enabled=is_on,
    files=files,
    program=lambda _: Program(
        f"/usr/bin/python3 -m mailwright.programs.web /etc/{paths.WEB}", user=USER, gives_way=400
    ),
    state=state,
    etc=("web",),
    packages=("python3-segno", "python3-starlette", "python3-uvicorn"),
    users=(User(USER, 116), User("_profiles", 120)),
    memory=45,
)
