"""Every kind of finding that doctor knows; docs/reference/findings.md is generated from it."""

from __future__ import annotations

from mailwright.doctor import Diagnosis
from mailwright.doctor.catalogue import domain, host, server

DIAGNOSES: tuple[Diagnosis, ...] = tuple(
    diagnosis
    for module in (server, host, domain)
    for diagnosis in vars(module).values()
    if isinstance(diagnosis, Diagnosis)
)
