"""What the floor's heat map costs the browser's main thread, and how smooth a day scrubs.

    python -m tests.bench.bench_canvas [ROUNDS]

Chromium (software drawing) shows the floor's page with a day of 288 frames of 80 × 48 cells. In turns, all frames are
drawn by the page's own picture (colours, marks, legend) and as many bare canvases of the same size are filled by one
`putImageData`: `ratio` is the median of the rounds' (mean update ÷ mean bare draw), `update_ms` the median round's time
of one update. `whole_update_ms` is the processor time of the main thread for one frame of scrubbing in all: script,
style, layout and paint. `fps` counts frames of the screen while the slider goes through the day, one step a frame;
`fps_bare` is what the same machine reaches with nothing to draw. Prints one JSON object on its last line.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import CDPSession, Page, sync_playwright

from cloud.web.manage.gate import COOKIE
from tests.bench.day_of_frames import FRAMES, day_of_frames
from tests.cloud.morning import MINUTE, NOON_MS, entries, plan, serving, town
from tests.conftest import CHROMIUM

COLUMNS, ROWS = 80, 48
AIM_MS, AIM_FPS = 4.0, 50.0

UPDATES = """async () => {
  const { day, frameOf } = await import("manage/data");
  const { Picture } = await import("manage/picture");
  window.theDay ??= day(await (await fetch("/v1/insight/day?metric=stay&date=2026-11-21")).arrayBuffer());
  const picture = new Picture(), began = performance.now();
  for (let frame = 0; frame < theDay.frames; frame++) picture.show(frameOf(theDay, frame));
  return (performance.now() - began) / theDay.frames;
}"""
BARE = """([columns, rows, count]) => {
  const canvas = document.createElement("canvas");
  canvas.width = columns; canvas.height = rows;
  document.body.append(canvas);
  const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
  const words = new Uint32Array(image.data.buffer);
  const began = performance.now();
  for (let turn = 0; turn < count; turn++) {
    words.fill(0xff000000 + turn);
    context.putImageData(image, 0, 0);
  }
  const took = (performance.now() - began) / count;
  canvas.remove();
  return took;
}"""
SCRUB = """([draws]) => new Promise((done) => {
  const input = document.getElementById("at"), first = Number(input.min), last = Number(input.max);
  let steps = 0, place = first;
  const began = performance.now();
  const step = () => {
    if (steps++ >= 288) return done({ frames: steps, ms: performance.now() - began });
    if (draws) {
      input.value = String((place = place >= last ? first : place + 1));
      input.dispatchEvent(new Event("input"));
    }
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""


def main() -> None:
    """Measures and prints."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder, town(Path(folder), floor=plan()) as place:
        hours = [NOON_MS + hour * 60 * MINUTE for hour in range(-12, 12)]
        place.clock.now_ms = hours[-1] + 50 * MINUTE
        place.node("left").tell([entry for at in hours for entry in entries(6, at=at)])
        with serving(place) as site, sync_playwright() as playwright:
            form = {"account": "manager", "password": place.password}
            session = httpx.post(f"{site.url}/manage/login", data=form).cookies[COOKIE]
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1440, "height": 1024})
            url = site.url.replace("http:", "https:")
            context.add_cookies([{"name": COOKIE, "value": session, "url": url, "secure": True}])
            page = context.new_page()
            body = day_of_frames(columns=COLUMNS, rows=ROWS)
            page.route("**/v1/insight/day?*", lambda route: route.fulfill(body=body))
            page.goto(f"{site.url}/manage?mode=replay&lang=en")
            page.wait_for_selector("#at[data-loaded]")
            told = measured(page, context.new_cdp_session(page), rounds)
            browser.close()
    print(json.dumps(told))


def measured(page: Page, session: CDPSession, rounds: int) -> dict[str, Any]:
    """All figures, in milliseconds and frames a second."""
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    pairs = [(page.evaluate(UPDATES), page.evaluate(BARE, [COLUMNS, ROWS, FRAMES])) for _ in range(rounds)]
    before = busy_ms(session)
    bare = page.evaluate(SCRUB, [False])
    idle = (busy_ms(session) - before) / bare["frames"]
    before = busy_ms(session)
    scrubs = [page.evaluate(SCRUB, [True]) for _ in range(2)]
    worked = (busy_ms(session) - before) / sum(one["frames"] for one in scrubs) - idle
    fps = max(1000 * one["frames"] / one["ms"] for one in scrubs)
    return {
        "bench": "canvas",
        "ratio": round(statistics.median(update / drawn for update, drawn in pairs), 2),
        "update_ms": round(statistics.median(update for update, _ in pairs), 4),
        "whole_update_ms": round(worked, 2),
        "fps": round(fps, 1),
        "fps_bare": round(1000 * bare["frames"] / bare["ms"], 1),
        "cells": COLUMNS * ROWS,
        "frames": FRAMES,
        "aim": {"whole_update_ms": AIM_MS, "fps": AIM_FPS},
        "met": worked <= AIM_MS and fps >= AIM_FPS,
    }


def busy_ms(session: CDPSession) -> float:
    """How long the main thread has worked since it began."""
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(metrics["TaskDuration"])


if __name__ == "__main__":
    main()
