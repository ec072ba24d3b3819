import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.events import Crossing, Direction
from contract.messages import encode_event
from edge.audit import compare, counted, keys, moments
from edge.audit.compare import Audit, Watched
from edge.audit.keys import Session
from edge.audit.moments import ClicksError, Moment

NOON = 1_790_000_000.0
IN, OUT = Direction.IN, Direction.OUT


def clicks(*at: float, direction: Direction = IN, line: str | None = None) -> tuple[Moment, ...]:
    return tuple(Moment(at=NOON + each, direction=direction, line=line) for each in at)


def compared(seen: tuple[Moment, ...], told: tuple[Moment, ...], *, seconds: float = 900.0) -> Audit:
    return compare.compared(Watched(began=NOON, ended=NOON + seconds, clicks=seen), told, within=3.0)


def test_a_click_and_a_crossing_of_one_moment_belong_together_and_others_are_missed_or_invented() -> None:
    audit = compared(clicks(10, 20, 30), clicks(9, 21, 500, line="door"))

    (way,) = audit.ways
    assert (way.line, way.direction) == ("door", IN)
    assert (way.counted, way.clicked, way.matched, way.missed, way.invented) == (3, 3, 2, 1, 1)
    assert way.error == 0
    assert way.found.share == pytest.approx(2 / 3, abs=1e-4)
    assert audit.late_s == 0.0  # one a second late, one a second early


def test_another_direction_is_another_crossing() -> None:
    audit = compared(clicks(10), clicks(10, direction=OUT, line="door"))

    assert (audit.total.matched, audit.total.missed, audit.total.invented) == (0, 1, 1)


def test_one_click_takes_one_crossing_even_where_two_are_near() -> None:
    audit = compared(clicks(10), clicks(9, 11, line="door"))

    assert (audit.total.matched, audit.total.invented) == (1, 1)


def test_two_who_pass_shortly_after_each_other_are_matched_both() -> None:
    """The nearest pair first would leave the other two 3.5 s apart, and one of each alone."""
    audit = compared(clicks(10, 12), clicks(11.9, 13.5, line="door"))

    assert audit.total.matched == 2


def test_what_happened_before_and_after_the_watching_is_nobodys_business() -> None:
    audit = compared(clicks(1), clicks(-1, -60, 950, line="door"), seconds=900)

    assert (audit.total.counted, audit.total.matched, audit.total.invented) == (1, 1, 0)


def test_clicks_without_a_line_are_refused_where_two_are_counted() -> None:
    told = (*clicks(10, line="door"), *clicks(10, line="aisle"))

    with pytest.raises(ClicksError, match="--line aisle or door"):
        compared(clicks(10), told)

    assert compared(clicks(10, line="door"), told).total.invented == 1


def test_few_clicks_prove_little_and_more_prove_more() -> None:
    few = compared(clicks(*range(0, 100, 10)), clicks(*range(0, 100, 10), line="door"))
    many = compared(clicks(*range(0, 800, 4)), clicks(*range(0, 800, 4), line="door"))

    assert few.total.found.share == many.total.found.share == 1.0
    assert few.best_low == few.total.found.low == pytest.approx(0.7225, abs=1e-4)
    assert many.best_low > 0.98
    assert few.error_percent == 0
    assert few.error_percent_high is not None
    assert few.error_percent_high > 30


def test_nobody_seen_and_nobody_counted_is_no_error_and_no_proof() -> None:
    audit = compared((), ())

    assert (audit.total.error, audit.error_percent, audit.best_low) == (0, None, 0)
    assert audit.total.found.share is None


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0, 900), max_size=30), st.lists(st.floats(0, 900), max_size=30))
def test_the_books_balance(seen: list[float], told: list[float]) -> None:
    total = compared(clicks(*seen), clicks(*told, line="door")).total

    assert total.matched + total.missed == total.clicked == len(seen)
    assert total.matched + total.invented == total.counted == len(told)
    assert total.error_low <= total.error <= total.error_high


@pytest.mark.parametrize(
    "sent", ["\x1bOA", "\x1b[A", "\x1bOP", "\x1b[15~", "\x1b[1;5C", "\x1bi", "\x1b[I", "\x1b\x1bOA"]
)
def test_a_key_that_writes_no_letter_is_no_click(sent: str) -> None:
    assert keys.plain(f"i{sent}o") == "io"
    assert keys.plain("\x1b") == ""


def test_keys_click_undo_and_end() -> None:
    session = Session(line="door")
    for at, key in enumerate("iioXuqi"):
        session = keys.press(session, key, NOON + at)

    assert [(click.at - NOON, click.direction, click.line) for click in session.clicks] == [
        (0, IN, "door"),
        (1, IN, "door"),
    ]
    assert session.ended
    assert keys.press(Session(), "u", NOON) == Session()


directions = st.sampled_from([IN, OUT])
some = st.lists(
    st.builds(
        Moment,
        at=st.integers(1_600_000_000_000, 1_900_000_000_000).map(lambda ms: ms / 1000),
        direction=directions,
        line=st.none() | st.just("door"),
    ),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(some)
def test_clicks_survive_their_text(clicked: list[Moment]) -> None:
    assert moments.parse(moments.text_of(clicked)) == tuple(sorted(clicked, key=lambda click: click.at))


@pytest.mark.parametrize(
    "written", ["2026-09-21T14:13:20+00:00", "2026-09-21T23:13:20+09:00", "1790000000", "1790000000000"]
)
def test_a_moment_may_be_written_in_many_ways(written: str) -> None:
    assert moments.parse(f"time,direction\n{written}, I\n") == (Moment(at=NOON, direction=IN),)


@pytest.mark.parametrize("mark", [";", "; ", "\t"])
def test_clicks_may_stand_in_columns_as_the_truth_of_a_recording_may(mark: str) -> None:
    rows = [("time", "direction", "line"), (f"{NOON}", "out", "door"), (f"{NOON + 1}", "in", "")]
    told = moments.parse("".join(f"{mark.join(row)}\n" for row in rows))
    assert told == (*clicks(0, direction=OUT, line="door"), *clicks(1))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2026-09-21T14:13:20,in", "line 2: .* has no zone"),
        ("noon,in", "line 2: 'noon' is no time"),
        ("nan,in", "line 2: 'nan' is no time"),
        ("1790000000,sideways", "line 2: direction is 'sideways'; allowed are in, out, i, o"),
        ("1790000000", "line 2: 1 columns"),
    ],
)
def test_a_wrong_click_is_named(line: str, told: str) -> None:
    with pytest.raises(ClicksError, match=told):
        moments.parse(f"1790000000,in\n{line}\n")


def test_crossings_are_read_as_the_cloud_prints_them_and_alone() -> None:
    event = encode_event(Crossing(at=1_790_000_000_000, line="door", direction=OUT)).decode()
    stored = json.dumps({"node": "n", "epoch": "e", "sequence": 7, "event": json.loads(event)})
    tap = '{"node":"n","epoch":"e","sequence":8,"event":{"kind":"tap","at":1,"reader":"r","tag":null}}'

    found = counted.parse(f"{stored}\n{tap}\n\n{event}\n")

    assert found == (Moment(at=NOON, direction=OUT, line="door"),) * 2


@pytest.mark.parametrize("text", ["no json", '{"kind":"crossing","at":1}', "[]"])
def test_a_wrong_event_is_named(text: str) -> None:
    with pytest.raises(ClicksError, match="line 1: "):
        counted.parse(text)


def test_a_file_of_the_field_is_read(tmp_path: Path) -> None:
    """What a spreadsheet writes: a head line, blanks, and no line at the end."""
    path = tmp_path / "clicks.csv"
    path.write_text("Time,Direction,Line\n1790000005,OUT,\n1790000000,in,door", "utf-8")

    assert [click.line for click in moments.parse(path.read_text("utf-8"))] == ["door", None]
