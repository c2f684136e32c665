"""A Tree becomes what the daemons read: stage, check, install, reload."""
