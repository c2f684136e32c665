"""Numbers for machines: what the server counts and measures, as OpenMetrics text."""
