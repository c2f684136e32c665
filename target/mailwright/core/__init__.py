"""Values and texts that every floor shares; the standard library alone."""
