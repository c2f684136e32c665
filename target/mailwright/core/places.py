"""Places: how daemons' own tools name a line of a file."""

from __future__ import annotations

import re

PLACE = re.compile(r"(?P<path>/[^\s:,']+?)(?:'?[,:]? +(?:on or before )?\[?line:? +|:)(?P<line>\d+)")
