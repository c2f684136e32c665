from __future__ import annotations

from mailwright.apply.patched_networks import believing

OPTIONS = """\
12525/inet/postscreen_upstream_proxy_protocol = haproxy
smtp/inet/postscreen_upstream_proxy_protocol =
"""


def test_services_that_believe_headers() -> None:
    assert believing(OPTIONS) == ["12525/inet"]
    assert believing("") == []
