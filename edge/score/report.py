"""The figures as a person reads them."""

from collections.abc import Iterator

from edge.score.result import Between, CountScore, FloorScore, LineScore, Scored, ZoneScore

_FEW: int = 10  # blocks; below, percentiles of redrawn blocks say little


def text(figures: Scored) -> str:
    """Some lines of plain text: each figure with what it means and its 95 % interval."""
    return "\n".join(_all(figures)) + "\n"


def _all(figures: Scored) -> Iterator[str]:
    yield f"{figures.model}, {figures.frames} frames looked at, {figures.scored_frames} judged: {_span(figures)}"
    if figures.rested:
        yield f"nothing moved in {figures.rested} of them: the boxes of the look before hold"
    yield from _detector(figures)
    yield from _tracks(figures)
    for line in figures.lines:
        yield from _line(line)
    for zone in figures.zones:
        yield _zone(zone)
    if figures.floor is not None:
        yield from _floor(figures, figures.floor)
    if figures.stature_m is not None:
        yield f"people      {figures.stature_m:.2f} m tall on the given floor (median)"
    yield from _cpu(figures)
    yield _how_sure(figures)
    for warning in figures.warnings:
        yield f"! {warning}"


def _span(figures: Scored) -> str:
    every = "every" if figures.truth_step == 1 else f"every {figures.truth_step}th"
    return f"the truth has {every} frame from {figures.truth_first} to {figures.truth_last}"


def _detector(figures: Scored) -> Iterator[str]:
    between = figures.intervals
    yield f"detector    AP at .5      {_share(figures.ap50, between.ap50)}"
    yield f"            AP .5 to .95  {_share(figures.ap, between.ap)}"
    yield f"            precision     {_share(figures.detection_precision, between.detection_precision)}"
    yield f"            recall        {_share(figures.detection_recall, between.detection_recall)}"


def _tracks(figures: Scored) -> Iterator[str]:
    between = figures.intervals
    yield f"tracks      MOTA          {_share(figures.mota, between.mota)}"
    yield f"            IDF1          {_share(figures.idf1, between.idf1)}"
    yield f"            HOTA          {_share(figures.hota, between.hota)}"
    yield f"            DetA, AssA    {100 * figures.deta:5.1f} %, {100 * figures.assa:.1f} %"
    yield f"            MOTP          {100 * figures.motp:5.1f} %"
    yield f"            precision     {_share(figures.precision, between.precision)}"
    yield f"            recall        {_share(figures.recall, between.recall)}"
    yield f"            {figures.tracks} tracks of {figures.truth_tracks} people, {figures.id_switches} id switches,"
    yield f"            {figures.fragmentations} fragmentations; {figures.mostly_tracked} people mostly tracked,"
    yield f"            {figures.mostly_lost} mostly lost"
    ends = "end at the picture's edge" if figures.cut else "go on where the picture's edge cuts somebody"
    yield f"            their boxes {ends}, as the truth's do"


def _line(line: LineScore) -> Iterator[str]:
    for way, count in (("in", line.inward), ("out", line.outward)):
        yield f"line        {line.id} {way:3}  {_counted(count)}"


def _counted(count: CountScore) -> str:
    return (
        f"{count.counted} counted of {count.truth}: error {count.error} "
        f"({count.missed} missed, {count.invented} invented)"
    )


def _zone(zone: ZoneScore) -> str:
    dwell = "" if zone.dwell_error_median_s is None else f", dwell off by {zone.dwell_error_median_s:.2f} s (median)"
    spent = "" if zone.person_s_error is None else f", off by {100 * zone.person_s_error:.1f} %"
    return (
        f"zone        {zone.id}  {zone.stays_counted} stays counted of {zone.stays_truth} "
        f"({zone.stays_missed} missed, {zone.stays_invented} invented){dwell}; "
        f"{zone.person_s_counted:.1f} person-seconds of {zone.person_s_truth:.1f}{spent}"
    )


def _floor(figures: Scored, floor: FloorScore) -> Iterator[str]:
    between = figures.intervals
    if figures.lines:
        crossings = f"{floor.crossing_error} of {floor.crossings_truth}"
        yield f"floor       crossing error       {crossings}{_between(between.crossing_error, 1, '.0f')}"
    if floor.dwell_error_median_s is not None:
        dwell = f"{floor.dwell_error_median_s:.2f} s"
        yield f"            dwell error, median  {dwell}{_between(between.dwell_error_median_s, 1, '.2f')}"
    if floor.person_s_error is not None:
        spent = f"{100 * floor.person_s_error:.1f} %"
        yield f"            person-seconds       {spent}{_between(between.person_s_error, 100, '.1f')}"


def _cpu(figures: Scored) -> Iterator[str]:
    cpu = figures.cpu
    yield (
        f"processor   decode {cpu.decode_ms:.2f} ms a frame; gate {cpu.gate_ms:.2f}, detect {cpu.detect_ms:.2f}, "
        f"track and count {cpu.track_ms:.2f} ms a look: {cpu.core_percent:.1f} % of a core"
    )


def _how_sure(figures: Scored) -> str:
    between = figures.intervals
    told = f"in brackets: 95 %, from {between.blocks} blocks of {between.block_s:g} s drawn anew"
    return told if between.blocks >= _FEW else f"{told}; so few blocks give too narrow an interval"


def _share(value: float, interval: Between) -> str:
    return f"{100 * value:5.1f} %{_between(interval, 100, '.1f')}"


def _between(interval: Between, factor: float, digits: str) -> str:
    if interval is None:
        return ""
    return f"  [{factor * interval[0]:{digits}}, {factor * interval[1]:{digits}}]"
