// Truth and system side by side: bars for each zone, a line for how many are inside.
export function paintBars(host, zones, spent, words, language) {
  const most = Math.max(5, ...Object.values(spent).flat().map((v) => v || 0));
  if (host.childElementCount !== zones.length) {
    host.replaceChildren(...zones.map(() => {
      const row = document.createElement("div");
      row.className = "bar";
      row.setAttribute("role", "row");
      row.innerHTML = '<span role="rowheader"></span><svg role="presentation" preserveAspectRatio="none" viewBox="0 0 100 20"><rect class="truth" y="1" height="8" rx="1"/><rect class="system" y="11" height="8" rx="1"/></svg><span role="cell"></span>';
      return row;
    }));
  }
  zones.forEach((zone, i) => {
    const row = host.children[i], [truth, system] = spent[zone.id] || [0, null];
    row.children[0].textContent = zone.title[language];
    const [a, b] = row.querySelectorAll("rect");
    a.setAttribute("width", (100 * truth) / most);
    b.setAttribute("width", (100 * (system || 0)) / most);
    row.children[2].textContent = `${truth.toFixed(0)} / ${system === null ? "–" : system.toFixed(0)}`;
  });
}

export class PeopleLine {
  constructor(canvas) {
    this.canvas = canvas;
    this.points = [];
    this.ago = this.now = "";
  }

  // The words under both ends of the time that is shown.
  name(ago, now) { Object.assign(this, { ago, now }); }

  add(truth, system) {
    const now = performance.now();
    const last = this.points[this.points.length - 1];
    if (last && now - last[0] < 900) return;
    this.points.push([now, truth, system]);
    while (this.points.length && now - this.points[0][0] > 120_000) this.points.shift();
    this.paint(now);
  }

  paint(now) {
    const { canvas, points } = this, style = getComputedStyle(canvas), ratio = Math.min(3, devicePixelRatio || 1);
    const w = canvas.clientWidth, h = canvas.clientHeight;
    canvas.width = w * ratio;
    canvas.height = h * ratio;
    const c = canvas.getContext("2d");
    c.scale(ratio, ratio);
    const most = Math.max(4, ...points.map((p) => Math.max(p[1], p[2] || 0)));
    const step = most > 8 ? 4 : 2;
    c.font = "11px system-ui, sans-serif";
    c.fillStyle = style.getPropertyValue("--faint");
    c.strokeStyle = style.getPropertyValue("--rule");
    for (let value = 0; value <= most; value += step) {
      const y = h - 14 - (value / most) * (h - 24);
      c.beginPath(); c.moveTo(18, y); c.lineTo(w, y); c.stroke();
      c.fillText(value, 2, y + 4);
    }
    c.fillText(this.ago, 18, h - 1);
    c.textAlign = "right";
    c.fillText(this.now, w, h - 1);
    c.textAlign = "left";
    for (const [column, ink] of [[2, "--system"], [1, "--truth"]]) {
      c.strokeStyle = style.getPropertyValue(ink);
      c.lineWidth = 2.2;
      c.setLineDash(column === 2 ? [5, 4] : []);
      c.beginPath();
      let drawn = false;
      for (const point of points) {
        if (point[column] === null) { drawn = false; continue; }
        const x = w - ((now - point[0]) / 120_000) * (w - 18), y = h - 14 - (point[column] / most) * (h - 24);
        if (drawn) c.lineTo(x, y); else c.moveTo(x, y);
        drawn = true;
      }
      c.stroke();
    }
    canvas.setAttribute("aria-label", points.length ? `${points[points.length - 1][1]} / ${points[points.length - 1][2] ?? "–"}` : "");
  }
}
