// Numbered pins on a surface: dragged, or moved by the arrow keys; each one's place is a share of the surface.

/**
 * A surface with pins. `moved(index, x, y, done)` hears of each move in the surface's own units, `chosen(index)` which
 * pin has the focus, `removed(index)` that one is to go. `step` is what an arrow moves, ten times that with Shift.
 */
export class Surface {
  constructor(box, { step, name, moved, chosen, removed }) {
    Object.assign(this, { box, step, name, moved, chosen, removed });
    this.size = { width: 1, height: 1 };
    this.pins = [];
  }

  /** Shows pins at these places, [x, y] or null for one that is not there yet. */
  show(places, worst, current) {
    while (this.pins.length > places.length) this.pins.pop().remove();
    while (this.pins.length < places.length) this.pins.push(this.#pin(this.pins.length));
    places.forEach((place, at) => {
      const pin = this.pins[at];
      pin.hidden = place === null;
      if (place === null) return;
      pin.style.left = `${(100 * place[0]) / this.size.width}%`;
      pin.style.top = `${(100 * place[1]) / this.size.height}%`;
      pin.classList.toggle("worst", at === worst);
      pin.classList.toggle("current", at === current);
      pin.setAttribute("aria-label", this.name(at + 1, place));
    });
  }

  /** Where an event points to, in the surface's units, within its edges. */
  at(event) {
    const edges = this.box.getBoundingClientRect();
    const x = ((event.clientX - edges.left) / edges.width) * this.size.width;
    const y = ((event.clientY - edges.top) / edges.height) * this.size.height;
    return this.#within(x, y);
  }

  focus(index) {
    this.pins[index]?.focus();
  }

  #within(x, y) {
    return [Math.min(Math.max(x, 0), this.size.width), Math.min(Math.max(y, 0), this.size.height)];
  }

  #place(pin) {
    return [(parseFloat(pin.style.left) / 100) * this.size.width, (parseFloat(pin.style.top) / 100) * this.size.height];
  }

  #pin(index) {
    const pin = document.createElement("button");
    pin.type = "button";
    pin.className = "pin";
    pin.textContent = String(index + 1);
    pin.addEventListener("focus", () => this.chosen(index));
    pin.addEventListener("keydown", (event) => this.#key(event, pin, index));
    pin.addEventListener("pointerdown", (event) => this.#drag(event, pin, index));
    pin.addEventListener("click", (event) => event.stopPropagation());
    this.box.append(pin);
    return pin;
  }

  #key(event, pin, index) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (way && !event.altKey && !event.metaKey) {
      event.preventDefault();
      const step = this.step * (event.ctrlKey ? 100 : event.shiftKey ? 10 : 1);
      const [x, y] = this.#place(pin);
      this.moved(index, ...this.#within(x + way[0] * step, y + way[1] * step), true);
    } else if (event.key === "Delete") {
      event.preventDefault();
      this.removed(index);
    }
  }

  #drag(event, pin, index) {
    if (event.button !== 0) return;
    event.preventDefault();
    pin.focus();
    pin.setPointerCapture(event.pointerId);
    // From where it was grasped, so that a touch beside its middle does not move it.
    const [x, y] = this.#place(pin), start = this.at(event);
    const move = (now, done) => {
      const here = this.at(now);
      this.moved(index, ...this.#within(x + here[0] - start[0], y + here[1] - start[1]), done);
    };
    const onMove = (now) => move(now, false);
    const onUp = (now) => {
      pin.removeEventListener("pointermove", onMove);
      if (Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY) > 0) move(now, true);
    };
    pin.addEventListener("pointermove", onMove);
    pin.addEventListener("pointerup", onUp, { once: true });
    pin.addEventListener("pointercancel", () => pin.removeEventListener("pointermove", onMove), { once: true });
  }
}
