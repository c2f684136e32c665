"""sbom: the image's packages as an SPDX 2.3 document in JSON, on standard output. The image's build runs it.

Its argument is the time of the commit (RFC 3339).
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from mailwright import __version__
from mailwright.host.commands import run

FIELDS = "${Package}\t${Version}\t${Architecture}\t${source:Package}\n"
OURS = "SPDXRef-mailwright"


def document(rows: Iterable[str], version: str, created: datetime) -> dict[str, Any]:
    """The SPDX document of Mailwright ``version`` and of ``rows`` in the form of FIELDS."""
    packages = [_package(*row.split("\t")) for row in sorted(rows)]
    inside = [_relation(OURS, "CONTAINS", package["SPDXID"]) for package in packages]
    ours = {"SPDXID": OURS, "name": "mailwright", "versionInfo": version, "licenseDeclared": "MIT"}
    own = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(packages))
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"mailwright-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/mailwright-{version}-{own}",
        "creationInfo": {
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [f"Tool: mailwright-{version}"],
        },
        "packages": [{**ours, "downloadLocation": "NOASSERTION", "filesAnalyzed": False}, *packages],
        "relationships": [_relation("SPDXRef-DOCUMENT", "DESCRIBES", OURS), *inside],
    }


def _package(name: str, version: str, architecture: str, source: str) -> dict[str, Any]:
    """One Debian package, with the package URL that scanners look up."""
    url = f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={architecture}&distro=debian-13"
    return {
        "SPDXID": "SPDXRef-deb-" + re.sub(r"[^A-Za-z0-9.-]", "-p-", f"{name}-{architecture}"),
        "name": name,
        "versionInfo": version,
        "sourceInfo": f"built from Debian's source package {source}",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": url},
        ],
    }


def _relation(of: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": of, "relationshipType": kind, "relatedSpdxElement": other}


if __name__ == "__main__":
    listed = run(("/usr/bin/dpkg-query", "-W", "-f", FIELDS))
    if not listed:
        sys.exit(listed.reason)
    commit = datetime.fromisoformat(sys.argv[1]).astimezone(UTC)  # two builds of a commit have the same document
    json.dump(document(listed.output.splitlines(), __version__, commit), sys.stdout, indent=1)
