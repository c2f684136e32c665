"""An image of one's own: FROM, COPY of templates, ENV; and the config folder's templates above those."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import IMAGE, LABEL, docker, until
from tests.container.lab import Lab, accounts

CONFIG = {"postfix-accounts.cf": accounts(ALICE, BOB)}
MAIN = "postfix/main.cf.j2"
DERIVED = f"""\
FROM {IMAGE}
COPY templates/ /etc/mailwright/templates/
ENV POSTFIX_MESSAGE_SIZE_LIMIT=7M
"""


def main_cf(banner: str) -> str:
    """The image's own main.cf template with another banner."""
    shipped = (Path(__file__).parents[2] / "templates" / MAIN).read_text()
    changed = shipped.replace("smtpd_banner = $myhostname ESMTP", f"smtpd_banner = $myhostname ESMTP {banner}")
    assert changed != shipped
    return changed


@pytest.fixture(scope="module")
def derived() -> Iterator[list[str]]:
    """Images made in this module; they go when the servers on them are gone."""
    images = list[str]()
    yield images
    for image in images:
        docker("rmi", "-f", image, check=False)


@pytest.fixture(scope="module")
def image(derived: list[str], lab: Lab) -> str:
    """An image derived from the one under test, with a template and a setting of its own."""
    context = lab.folder({"Dockerfile": DERIVED, f"templates/{MAIN}": main_cf("derived")})
    derived.append(f"{lab.name}:derived")
    docker("build", "--quiet", "--label", LABEL, "--tag", derived[0], str(context))
    return derived[0]


def test_the_derived_image_s_template_and_setting_hold(lab: Lab, image: str) -> None:
    server = lab.mailserver("derived", CONFIG, image=image)
    assert server.run("postconf", "-h", "smtpd_banner").strip().endswith("derived")
    assert server.run("postconf", "-h", "message_size_limit").strip() == str(7 << 20)
    server.receives(BOB, server.submit(ALICE, BOB))


def test_the_config_folder_s_template_and_the_environment_win_over_it(lab: Lab, image: str) -> None:
    mine = {**CONFIG, f"templates/{MAIN}": main_cf("mine")}
    server = lab.mailserver("winner", mine, {"POSTFIX_MESSAGE_SIZE_LIMIT": "8M"}, image=image)
    assert server.run("postconf", "-h", "smtpd_banner").strip().endswith("mine")
    assert server.run("postconf", "-h", "message_size_limit").strip() == str(8 << 20)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("a = 1\nb = {{ nosuch }}\n", ":2: 'nosuch' is undefined"),
        ("a = 1\n\n{% if hostname %}\n", ":3: "),
        ("a = {{ settings.nosuch }}\n", ":1: "),
        ("a = {{ hostname | nosuch }}\n", ":1: No filter named 'nosuch'"),
    ],
)
def test_a_broken_template_of_a_derived_image_is_named(lab: Lab, template: str, said: str) -> None:
    folder = lab.folder({MAIN: template})
    mounted = ("-v", f"{folder}:/etc/mailwright/templates:ro")
    server = lab.mailserver(f"broken{next(lab.numbers)}", CONFIG, {}, *mounted, ready=())
    until("its end", lambda: server.inspect("{{.State.Status}}") == "exited")
    assert server.inspect("{{.State.ExitCode}}") == "78"
    assert f"/etc/mailwright/templates/{MAIN}{said}" in server.log()
    assert "Traceback" not in server.log()
    assert "starting" not in server.log()
