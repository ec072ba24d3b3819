"""The floor's data as they go to a page: pictures of a period, the frames of a day, and the stream of this moment.

All routes want a session with the right SEE. Grids go row by row from the plan's upper left corner: the cell in column
`c` and row `r` is byte `r × columns + c`, and covers `cell_m` × `cell_m` metres from (c × cell_m, r × cell_m).

**Metrics.** `stay`: people·s/m². `passing`: tracks/m, the tracks that went through a cell over the cell's width.
`taps`: taps/m² at readers and tags. `sales`: receipt lines/m² at the shelves of the product. Without `metric` a store
that has cameras answers `stay`, one without answers `sales`.

**Marks.** 255 UNSEEN: nothing measured there, draw a hatch. 254 WITHHELD: fewer than `k` people, draw nothing and say
so. 253 SAME (differences only): the 95 % interval includes 0, draw nothing.

**Domain.** `top` is the same for all who look at one metric and one length of window, whatever they zoom or scrub:
the 97th percentile of what was not zero in the last 4 weeks, kept in the store. Until a store has lived so long it is
fitted anew with each day; from then on only `POST /manage/scale` refits it.

`GET /v1/insight/floor` → JSON: what there is to ask for.
    metrics: [str], metric: str (the one without asking), today: "2026-11-22", first: date | null (the first day with
    sums), frames_from: date | null (days from here on have 5-minute frames, those before have hours),
    plan_version: int, columns, rows: int, cell_m: float, k: int

`GET /v1/insight/heat?metric=&period=&compare=` → JSON: one picture. `period` and `compare` as in pages' addresses;
without `compare` there is none.
    metric, period, unit: str; from_ms, to_ms, now_ms: int; plan_version: int; columns, rows: int; cell_m, top: float
    levels: base64, a byte a cell: value = byte / 255 × top (255: top or more)
    seen: base64, a byte a cell: 0–100 the percent of the window that was seen, or 254, 255
    watching: [camera], withheld: [camera], k: int, coverage: {camera: 0.0–1.0}
    elsewhere: int (taps or sales of places that are not on the plan; 0 for cameras' metrics)
    compare: null, or the asked period minus the other, each per hour that was seen:
        kind: "weekday" | "before"; from_ms, to_ms: int; unit: str; top: float
        levels: base64, a byte a cell: value = (byte − 128) / 127 × top, from 1 to 255; 128 is 0. More is positive.
        seen: base64: 0–100 the percent of the worse seen of the two, or 253, 254, 255
        compared: int (cells with enough people in both), shown: int (of these, with an interval beside 0),
        by_chance: float (how many would be shown if nothing had changed), basis: "days" | "tracks" | "counts" | "none"
        (days: as days differ; tracks: as independent tracks would scatter; none: too little is known, all is SAME)
422 for a period, compare or metric that is none; 404 while the store has no plan.

`GET /v1/insight/day?metric=&date=2026-11-20` → application/octet-stream: a day's frames, little-endian. ETag; 304.
    4 bytes    "AIF1"
    u32        the length n of the header
    n bytes    the header, JSON in UTF-8, filled with spaces so that n + 8 is a multiple of 8:
               metric, date, unit: str; from_ms, frame_ms, frames: int (288 of 5 minutes or 24 hours; 276 to 300 on days
               on which the clock moves); until: int (frames that have begun; the rest of today is unseen);
               columns, rows: int; cell_m, top: float; plan_version: int; cameras: [camera]; withheld: [camera];
               k: int; closed: bool (nothing is to come); entered: int | null (all day; null: fewer than k, or unseen)
    u16 × frames             entries in each frame, in tenths, evened out as the cells are; 65535 no door was seen,
                             65534 fewer than k people all day
    u8 × frames × cameras    percent of the frame that each camera (in the header's order) saw; frame by frame
    u8 × frames × cells      the cells: the first frame as it is, each other as the difference to the one before,
                             modulo 256 (decode: cell[f] = (cell[f − 1] + byte) & 255)
A cell's byte is 0–253: value = byte / 253 × top (253: top or more), or 254, 255. Where fewer than k people passed a
place in one frame, the frames in which somebody was there are evened out over the shortest stretch in which k passed:
each value is about k people or more, and the day's sum stays what it was. A day goes out in frames of five minutes for
35 days and by the hour for 400. 404 for a day of which nothing is known; 422 for no date.

People are counted near a place, in the cell and the eight around it, by the tracks that went in there; somebody who
comes back after half a minute is counted again, as no node knows who they are. Of nodes that do not count tracks a
camera's floor is shown where its zones and doors counted k people.

`GET /manage/live?grid=stay` → text/event-stream. `grid` is optional; a grid costs the viewer about 3 kB/s.
    event: people    {"cm":[x,y,x,y,…],"lag_ms":120}   all people now, in whole cm; at most 5 a second, when changed
    event: tap       {"reader":"tea-reader"}
    event: changed   {}                                 figures of the page are new; fetch its parts anew
    event: grid      {"seq":7,"metric":"stay","minutes":15,"unit":"people·s/m²","top":100.0,"columns":48,"rows":32,
                      "cell_m":0.25,"cells":"base64 of a byte a cell, as in a day's frame"}
                     first after each beginning (and so after each reconnect), and when the plan or the top changes
    event: delta     {"seq":8,"cells":"base64"}         once a second, when changed; holds when `seq` is the last + 1,
                     else close and open the stream anew. Bytes: a run is varint skip (cells unchanged since the end of
                     the run before), varint n, then n bytes to add modulo 256; varints are LEB128.
    event: resync    {}                                 the page was too slow: close and open the stream anew

`POST /manage/scale` (form: metric, period, next) refits the domain of that metric and window on purpose, 303 to next.
"""
