"""The one reader and preparer of this machine."""
