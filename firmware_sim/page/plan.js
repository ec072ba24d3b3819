// The floor plan on a canvas: what stands still once, who moves at every frame.
const TRAIL_MS = 2600;

export class Floor {
  constructor(canvas, store) {
    this.canvas = canvas;
    this.store = store;
    this.plan = store.plan;
    this.still = document.createElement("canvas");
    this.trails = new Map();
    this.rings = [];
  }

  // Metres to CSS pixels; the street before the door is drawn too.
  get scale() { return this.canvas.clientWidth / (this.plan.width_m + this.left + 0.35); }
  get left() { return 1.35; }
  get top() { return 0.3; }
  x(metres) { return (metres + this.left) * this.scale; }
  y(metres) { return (metres + this.top) * this.scale; }

  paintStill(language) {
    const { canvas, still, plan } = this;
    this.language = language;
    const style = getComputedStyle(canvas);
    this.ink = (name) => style.getPropertyValue(name).trim();
    const ratio = Math.min(3, devicePixelRatio || 1);
    canvas.style.height = `${(plan.depth_m + 2 * this.top) * this.scale}px`;
    for (const one of [canvas, still]) {
      one.width = Math.round(canvas.clientWidth * ratio);
      one.height = Math.round((plan.depth_m + 2 * this.top) * this.scale * ratio);
    }
    const c = still.getContext("2d");
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    c.fillStyle = this.ink("--floor");
    c.fillRect(this.x(0), this.y(0), plan.width_m * this.scale, plan.depth_m * this.scale);
    for (const camera of plan.cameras) this.wedge(c, camera);
    for (const zone of plan.zones) {
      this.path(c, zone.polygon);
      c.fillStyle = this.ink(zone.kind === "shelf" ? "--zone" : "--zone-till");
      c.fill();
      const [x, y] = this.middle(zone.polygon);
      c.fillStyle = this.ink("--faint");
      c.font = `${Math.max(9, 0.2 * this.scale)}px system-ui, sans-serif`;
      c.textAlign = "center";
      if (zone.kind !== "shelf") c.fillText(zone.title[language], this.x(x), this.y(y));
    }
    this.walls(c);
    for (const shelf of plan.shelves) this.shelf(c, shelf, language);
    for (const line of plan.lines) this.line(c, line, language);
    for (const camera of plan.cameras) this.lens(c, camera);
    this.ratio = ratio;
  }

  path(c, polygon) {
    c.beginPath();
    polygon.forEach(([x, y], i) => (i ? c.lineTo(this.x(x), this.y(y)) : c.moveTo(this.x(x), this.y(y))));
    c.closePath();
  }

  middle(polygon) {
    const xs = polygon.map((p) => p[0]), ys = polygon.map((p) => p[1]);
    return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
  }

  walls(c) {
    const { width_m: w, depth_m: d } = this.plan;
    const [[, a], [, b]] = this.store.door;
    const onLeft = this.store.door.every(([x]) => x === 0);
    c.strokeStyle = this.ink("--wall");
    c.lineWidth = Math.max(3, 0.09 * this.scale);
    c.lineJoin = "round";
    c.beginPath();
    if (onLeft) {
      c.moveTo(this.x(0), this.y(Math.min(a, b)));
      c.lineTo(this.x(0), this.y(0));
    } else c.moveTo(this.x(0), this.y(0));
    c.lineTo(this.x(w), this.y(0));
    c.lineTo(this.x(w), this.y(d));
    c.lineTo(this.x(0), this.y(d));
    c.lineTo(this.x(0), this.y(onLeft ? Math.max(a, b) : 0));
    c.stroke();
  }

  shelf(c, shelf, language) {
    this.path(c, shelf.polygon);
    c.fillStyle = this.ink(shelf.products.length ? "--shelf" : "--desk");
    c.fill();
    c.strokeStyle = this.ink("--edge");
    c.lineWidth = 1;
    c.stroke();
    const xs = shelf.polygon.map((p) => p[0]), ys = shelf.polygon.map((p) => p[1]);
    const wide = Math.max(...xs) - Math.min(...xs), deep = Math.max(...ys) - Math.min(...ys);
    const [x, y] = this.middle(shelf.polygon);
    const size = Math.min(0.24, Math.min(wide, deep) * 0.62) * this.scale;
    if (size < 7) return;
    c.save();
    c.translate(this.x(x), this.y(y));
    if (deep > wide) c.rotate(-Math.PI / 2);
    c.fillStyle = this.ink(shelf.products.length ? "--ink" : "--desk-ink");
    c.font = `600 ${size}px system-ui, "Noto Sans KR", sans-serif`;
    c.textAlign = "center";
    c.textBaseline = "middle";
    const fits = (Math.max(wide, deep) * this.scale - 6) / c.measureText(shelf.title[language]).width;
    if (fits < 1) c.font = `600 ${size * fits}px system-ui, "Noto Sans KR", sans-serif`;
    c.fillText(shelf.title[language], 0, 0);
    c.restore();
  }

  line(c, line, language) {
    c.setLineDash([6, 5]);
    c.strokeStyle = this.ink("--go");
    c.lineWidth = 2.5;
    c.beginPath();
    c.moveTo(this.x(line.a[0]), this.y(line.a[1]));
    c.lineTo(this.x(line.b[0]), this.y(line.b[1]));
    c.stroke();
    c.setLineDash([]);
    c.fillStyle = this.ink("--go");
    c.font = `600 ${Math.max(10, 0.23 * this.scale)}px system-ui, sans-serif`;
    c.textAlign = "left";
    c.fillText(line.title[language], this.x(line.a[0]) + 6, this.y(Math.min(line.a[1], line.b[1])) + 0.3 * this.scale);
  }

  wedge(c, camera) {
    this.path(c, camera.sees);
    c.fillStyle = this.ink("--wedge");
    c.fill();
    c.strokeStyle = this.ink("--wedge-edge");
    c.lineWidth = 1;
    c.stroke();
  }

  lens(c, camera) {
    c.save();
    c.translate(this.x(camera.at[0]), this.y(camera.at[1]));
    c.rotate(Math.atan2(camera.look_at[1] - camera.at[1], camera.look_at[0] - camera.at[0]));
    c.fillStyle = this.ink("--lens");
    c.fillRect(-9, -5, 12, 10);
    c.beginPath();
    c.moveTo(3, -2); c.lineTo(9, -6); c.lineTo(9, 6); c.lineTo(3, 2);
    c.fill();
    c.restore();
  }

  ring(metres) { this.rings.push({ at: performance.now(), metres }); }

  // `people`: [number, x mm, y mm, facing x, facing y, phone, reaching]; `seen`: [x mm, y mm].
  paint(people, seen) {
    // A canvas that has no size yet, or another one since, cannot be painted on: the plan is drawn anew for it.
    if (Math.round(this.canvas.clientWidth * this.ratio) !== this.still.width) this.paintStill(this.language);
    if (!this.still.width || !this.still.height) return;
    const c = this.canvas.getContext("2d"), now = performance.now();
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, this.canvas.width, this.canvas.height);
    c.drawImage(this.still, 0, 0);
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.follow(people, now);
    for (const trail of this.trails.values()) this.trail(c, trail, now);
    for (const [x, y] of seen || []) this.disc(c, x / 1000, y / 1000, 0.2, "--system", 0.34);
    for (const [number, x, y, fx, fy, phone] of people) this.person(c, number, x / 1000, y / 1000, fx, fy, phone);
    for (const [x, y] of seen || []) this.hoop(c, x / 1000, y / 1000);
    this.rings = this.rings.filter((ring) => now - ring.at < 1400);
    for (const ring of this.rings) this.ripple(c, ring, (now - ring.at) / 1400);
  }

  follow(people, now) {
    const here = new Set(people.map((p) => p[0]));
    for (const number of this.trails.keys()) if (!here.has(number)) this.trails.delete(number);
    for (const [number, x, y] of people) {
      const trail = this.trails.get(number) || [];
      trail.push([now, x / 1000, y / 1000]);
      while (trail.length && now - trail[0][0] > TRAIL_MS) trail.shift();
      this.trails.set(number, trail);
    }
  }

  trail(c, trail, now) {
    c.strokeStyle = this.ink("--truth");
    c.lineCap = "round";
    c.lineWidth = Math.max(2, 0.06 * this.scale);
    for (let i = 1; i < trail.length; i++) {
      c.globalAlpha = 0.45 * Math.max(0, 1 - (now - trail[i][0]) / TRAIL_MS);
      c.beginPath();
      c.moveTo(this.x(trail[i - 1][1]), this.y(trail[i - 1][2]));
      c.lineTo(this.x(trail[i][1]), this.y(trail[i][2]));
      c.stroke();
    }
    c.globalAlpha = 1;
  }

  disc(c, x, y, radius, ink, alpha) {
    c.globalAlpha = alpha;
    c.fillStyle = this.ink(ink);
    c.beginPath();
    c.arc(this.x(x), this.y(y), radius * this.scale, 0, 7);
    c.fill();
    c.globalAlpha = 1;
  }

  hoop(c, x, y) {
    c.strokeStyle = this.ink("--system");
    c.lineWidth = 2.5;
    c.beginPath();
    c.arc(this.x(x), this.y(y), 0.2 * this.scale, 0, 7);
    c.stroke();
  }

  person(c, number, x, y, fx, fy, phone) {
    const px = this.x(x), py = this.y(y), r = Math.max(7, 0.155 * this.scale);
    c.fillStyle = this.ink("--truth");
    c.beginPath();
    c.moveTo(px + (fx / 1000) * r * 1.55, py + (fy / 1000) * r * 1.55);
    c.lineTo(px - (fy / 1000) * r * 0.8, py + (fx / 1000) * r * 0.8);
    c.lineTo(px + (fy / 1000) * r * 0.8, py - (fx / 1000) * r * 0.8);
    c.fill();
    c.beginPath();
    c.arc(px, py, r, 0, 7);
    c.fill();
    c.strokeStyle = this.ink("--floor");
    c.lineWidth = 1.5;
    c.stroke();
    c.fillStyle = this.ink("--on-truth");
    c.font = `700 ${r * 1.05}px system-ui, sans-serif`;
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.fillText(number, px, py + 0.5);
    c.textBaseline = "alphabetic";
    if (phone) this.handset(c, px + r * 1.15, py - r * 1.7, r);
  }

  handset(c, x, y, r) {
    c.fillStyle = this.ink("--lens");
    c.beginPath();
    c.roundRect(x, y, r * 0.8, r * 1.35, 2);
    c.fill();
    c.fillStyle = this.ink("--glow");
    c.fillRect(x + 1.2, y + 1.6, r * 0.8 - 2.4, r * 1.35 - 4);
  }

  ripple(c, ring, share) {
    c.strokeStyle = this.ink("--go");
    c.globalAlpha = 1 - share;
    c.lineWidth = 3;
    for (const step of [0, 0.35]) {
      c.beginPath();
      c.arc(this.x(ring.metres[0]), this.y(ring.metres[1]), (0.15 + (share + step) * 0.55) * this.scale, 0, 7);
      c.stroke();
    }
    c.globalAlpha = 1;
  }
}
