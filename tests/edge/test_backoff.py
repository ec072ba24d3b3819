from hypothesis import given, settings
from hypothesis import strategies as st

from edge.children.backoff import Backoff, wait


def test_waits_double_up_to_the_most() -> None:
    backoff = Backoff(first=0.2, most=5.0)
    assert [wait(n, backoff, chance=0.5) for n in range(1, 8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


@given(failures=st.integers(0, 10**9), chance=st.floats(0, 1, exclude_max=True))
@settings(max_examples=200, deadline=None)
def test_a_wait_is_never_longer_than_the_most_nor_shorter_than_three_quarters_of_the_first(
    failures: int, chance: float
) -> None:
    assert 0.15 <= wait(failures, Backoff(first=0.2, most=5.0), chance=chance) <= 5.0
