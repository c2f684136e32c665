"""The web server: nginx, the application behind it, and the paths that they answer."""

from mailwright.services.web.application import WEB
from mailwright.services.web.nginx import NGINX

__all__ = ["NGINX", "WEB"]
