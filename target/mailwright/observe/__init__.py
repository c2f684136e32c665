"""Looks at what runs; changes nothing."""
