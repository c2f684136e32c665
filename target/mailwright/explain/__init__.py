"""Where a setting or a rendered line comes from."""
