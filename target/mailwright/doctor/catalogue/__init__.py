"""Every diagnosis that doctor knows; docs/reference/findings.md is made of it."""

from __future__ import annotations

from mailwright.doctor import Diagnosis
from mailwright.doctor.catalogue import domain, host, server

DIAGNOSES: tuple[Diagnosis, ...] = tuple(
    it for module in (server, host, domain) for it in vars(module).values() if isinstance(it, Diagnosis)
)
