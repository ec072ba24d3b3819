"""Around the figures: one's own account, who else comes in, programs' keys, the audit log, and one shopper."""

from fastapi import APIRouter

from cloud.web.manage.around.customers import add_customers
from cloud.web.manage.around.history import add_history
from cloud.web.manage.around.joining import add_joining
from cloud.web.manage.around.members import add_members
from cloud.web.manage.around.own import add_own
from cloud.web.manage.around.passkeys import add_passkeys
from cloud.web.manage.around.programs import add_programs
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate


def around_router(desk: Desk) -> APIRouter:
    """All of these rooms' routes."""
    router, gate = APIRouter(), Gate(desk)
    add_joining(router, desk)
    add_own(router, desk, gate)
    add_passkeys(router, desk, gate)
    add_members(router, desk, gate)
    add_programs(router, desk, gate)
    add_history(router, desk, gate)
    add_customers(router, desk, gate)
    return router
