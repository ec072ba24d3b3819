"""What each role may, as the whole table; a right more or less for anybody must be written here too."""

import itertools

import pytest

from cloud.manage.rights import GIVEN, RIGHTS, Right, Role, Who

TABLE = {
    Role.OWNER: {"see", "answer", "run", "draw", "audit", "shoppers", "export", "settle", "admit"},
    Role.MANAGER: {"see", "answer", "run", "draw", "audit", "shoppers", "export", "settle"},
    Role.STAFF: {"see", "answer", "audit"},
    Role.READER: {"see"},
    Role.PROGRAM: set[str](),
}


@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_the_table_says(role: Role) -> None:
    assert {str(right) for right in RIGHTS[role]} == TABLE[role]


def test_a_wider_role_may_all_that_a_narrower_one_may() -> None:
    for wide, narrow in itertools.pairwise(GIVEN):
        assert RIGHTS[wide] > RIGHTS[narrow]


def test_a_program_may_what_its_key_says_and_no_more() -> None:
    who = Who(account="key till-report", role=Role.PROGRAM, scopes=frozenset((Right.SEE,)))
    assert who.rights == {Right.SEE}
    assert who.may(Right.SEE)
    assert not who.may(Right.EXPORT)
