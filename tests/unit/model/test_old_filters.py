from __future__ import annotations

import pytest

from mailwright.model import old_filters
from mailwright.model.reading import Reading
from mailwright.settings import KNOWN
from tests.unit.operator import sources, told

PLACE = "environment: "
STOCK = {
    "ENABLE_RSPAMD": "0", "ENABLE_OPENDKIM": "1", "ENABLE_OPENDMARC": "1", "ENABLE_POLICYD_SPF": "1",
    "ENABLE_AMAVIS": "1",
    "ENABLE_SPAMASSASSIN": "0", "SPAMASSASSIN_SPAM_TO_INBOX": "1", "SA_TAG2": "6.31", "SA_KILL": "10.0",
    "ENABLE_POSTGREY": "0", "POSTGREY_DELAY": "300",
}  # fmt: skip
OFF = dict.fromkeys(("ENABLE_OPENDKIM", "ENABLE_OPENDMARC", "ENABLE_POLICYD_SPF"), "0")


def warnings(**environ: str) -> list[str]:
    variables = Reading.of(sources(**environ)).variables
    return [
        line.removeprefix(f"warning: {PLACE}")
        for line in told(old_filters.warnings(variables.settings, variables.values))
    ]


def runs(**environ: str) -> bool:
    return Reading.of(sources(**environ)).settings.enable_rspamd


def test_the_variables_are_known() -> None:
    assert set(old_filters.BECAME) <= KNOWN


def test_rspamd_runs_in_place_of_the_old_filters() -> None:
    assert runs(**STOCK)
    [line] = warnings(**STOCK)
    assert line.startswith(
        "ENABLE_RSPAMD=0: Rspamd runs in place of ENABLE_OPENDKIM=1, ENABLE_OPENDMARC=1, ENABLE_POLICYD_SPF=1,"
    )


@pytest.mark.parametrize("name", [*OFF, "ENABLE_AMAVIS", "ENABLE_SPAMASSASSIN", "ENABLE_POSTGREY"])
def test_each_of_them_is_enough(name: str) -> None:
    assert runs(ENABLE_RSPAMD="0", **{name: "1"})


def test_no_filter_is_a_wish() -> None:
    assert not runs(ENABLE_RSPAMD="0")
    assert not runs(ENABLE_RSPAMD="0", **OFF, ENABLE_AMAVIS="0")
    assert warnings(ENABLE_RSPAMD="0", **OFF) == []


@pytest.mark.parametrize("rspamd", [{}, {"ENABLE_RSPAMD": "1"}])
def test_0_retires_the_old_daemon_only(rspamd: dict[str, str]) -> None:
    """docker-mailserver's page on Rspamd prints the three."""
    assert runs(**rspamd, **OFF)
    [line] = warnings(**rspamd, **OFF)
    assert line.startswith(f"{', '.join(f'{name}=0' for name in OFF)}: no effect, since Rspamd does that work")


@pytest.mark.parametrize("name", old_filters.OF_SPAMASSASSIN)
def test_scores_count_where_spamassassin_is_on(name: str) -> None:
    off = Reading.of(sources(**{name: "1"})).settings
    on = Reading.of(sources(ENABLE_SPAMASSASSIN="1", **{name: "1"})).settings
    assert getattr(off, name.lower()) != getattr(on, name.lower())
    assert warnings(**{name: "1"}) == []
    assert warnings(ENABLE_SPAMASSASSIN="1", **{name: "1"}) == [f"{name}: {old_filters.BECAME[name]}"]


@pytest.mark.parametrize("name", old_filters.OF_POSTGREY)
def test_a_variable_of_postgrey_is_told_where_greylisting_is_on(name: str) -> None:
    assert warnings(ENABLE_POSTGREY="0", **{name: "5"}) == []
    assert f"{name}: {old_filters.BECAME[name]}" in warnings(ENABLE_POSTGREY="1", **{name: "5"})
