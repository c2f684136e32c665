from __future__ import annotations

import re

from mailwright.programs.sbom import document
from tests import clock

ROWS = ["postfix\t3.10.5-1\tamd64\tpostfix", "libstdc++6\t14.2.0-19\tamd64\tgcc-14", "vim\t2:9.1~rc+1\tall\tvim"]


def test_the_packages_of_an_image() -> None:
    made = document(ROWS, "1.2.3", clock.now())
    packages = {package["name"]: package for package in made["packages"]}
    assert list(packages) == ["mailwright", "libstdc++6", "postfix", "vim"]
    assert packages["postfix"]["externalRefs"][0]["referenceLocator"] == (
        "pkg:deb/debian/postfix@3.10.5-1?arch=amd64&distro=debian-13"
    )
    assert "libstdc%2B%2B6@" in packages["libstdc++6"]["externalRefs"][0]["referenceLocator"]
    assert "@2%3A9.1~rc%2B1?" in packages["vim"]["externalRefs"][0]["referenceLocator"]


def test_identifiers_are_those_of_spdx_and_unique() -> None:
    made = document(ROWS, "1.2.3", clock.now())
    names = [package["SPDXID"] for package in made["packages"]]
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name) for name in names)
    assert len(set(names)) == len(names)
    assert [relation["relatedSpdxElement"] for relation in made["relationships"]] == names


def test_the_same_packages_are_the_same_document() -> None:
    now = clock.now()
    assert document(ROWS, "1.2.3", now) == document(reversed(ROWS), "1.2.3", now)
    assert document(ROWS, "1.2.3", now)["documentNamespace"] != document(ROWS[:2], "1.2.3", now)["documentNamespace"]
