"""The manager's pages: sign in, see the floor, read the figures."""

from cloud.web.manage.desk import Desk
from cloud.web.manage.routes import manage_router

__all__ = ["Desk", "manage_router"]
