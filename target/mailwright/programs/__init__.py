"""What runs as ``python3 -m``: boot, watch, the health check, supervisord."""
