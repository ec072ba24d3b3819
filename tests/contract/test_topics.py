"""Topics: taken apart as they were put together, and nobody else's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.topics import Address, Channel, parse, topic

names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True)


@given(names, names, st.sampled_from(Channel))
@settings(max_examples=100, deadline=None)
def test_a_topic_is_taken_apart_as_it_was_put_together(store: str, node: str, channel: Channel) -> None:
    assert parse(topic(store, node, channel)) == Address(store=store, node=node, channel=channel)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "aisle/s/n",
        "aisle/s/n/events/x",
        "aisle/s/+/events",
        "aisle/s/N/events",
        "aisle/s/n/events\n",
        "x/s/n/events",
    ],
)
def test_a_strangers_topic_is_none_of_ours(text: str) -> None:
    assert parse(text) is None
