// @ts-check
// The side panel: everything about the chosen part as fields, for those who type rather than drag.
import { button, el, number, refill, row, select, text } from "plan/fields";
import { tidy } from "plan/geometry";
import { corners, cut, find, insert, isArea, measure, midpoints, place, polygonOf, remove, rename } from "plan/parts";

/** @typedef {import("./editor.js").Editor} Editor */
/** @typedef {import("./parts.js").Part} Part */
/** @typedef {import("./parts.js").Ref} Ref */

const ID = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?";

export class Panel {
  /** @param {HTMLElement} box @param {Editor} editor @param {{toPlan: () => void}} page */
  constructor(box, editor, page) {
    this.box = box;
    this.editor = editor;
    this.page = page;
    /** What is shown, so that nothing is made anew while it is the same. @type {unknown[]} */
    this.shown = [];
  }

  get words() {
    return this.editor.state.words;
  }

  /** Shows the chosen part, or what can be done where none is chosen. */
  fill() {
    const { selected, corner, doc, tool, pending, cursor, zoneKind, judged } = this.editor.state;
    const one = find(doc.plan, selected);
    const drawing = tool === "select" ? [] : [pending, cursor, zoneKind];
    const now = [one, selected?.kind, corner, tool, doc.plan, judged, ...drawing];
    if (now.length === this.shown.length && now.every((value, at) => value === this.shown[at])) return;
    this.shown = now;
    if (tool !== "select") refill(this.box, this.tool());
    else if (one && selected) refill(this.box, this.part(selected, one));
    else refill(this.box, this.floor());
  }

  /** The first field, from the plan. */
  focus() {
    /** @type {HTMLElement | null} */ (this.box.querySelector("input, select, button"))?.focus();
  }

  /** @param {string} words @param {string} [beside] */
  head(words, beside = "") {
    return el("header", {}, el("h2", {}, words), ...(beside ? [el("span", { class: "quiet" }, beside)] : []));
  }

  /** @returns {Node[]} */
  floor() {
    const { editor, words } = this;
    const { plan, backdrop } = editor.state.doc;
    const set = (/** @type {object} */ fields) => editor.commit({ plan: { ...plan, ...fields } });
    const drop = backdrop ? [row(words.opacity, this.range(backdrop.opacity, (opacity) => editor.commit({ backdrop: { ...backdrop, opacity } }))),
      this.pair(number("drop-x", backdrop.x, (x) => editor.commit({ backdrop: { ...backdrop, x } }), { step: 0.01, label: `${words.image} x` }), number("drop-y", backdrop.y, (y) => editor.commit({ backdrop: { ...backdrop, y } }), { step: 0.01, label: `${words.image} y` }), words.image_at),
      el("div", { class: "acts" }, button(words.scale, () => editor.setTool("scale")), button(words.image_remove, () => editor.commit({ backdrop: null })))] : [];
    return [
      this.head(words.floor, `${plan.width_m} × ${plan.depth_m} m`),
      row(words.name_ko, text("title-ko", plan.title.ko, (ko) => set({ title: { ...plan.title, ko } }), { lang: "ko", maxlength: 80 })),
      row(words.name_en, text("title-en", plan.title.en, (en) => set({ title: { ...plan.title, en } }), { lang: "en", maxlength: 80 })),
      this.pair(number("width", plan.width_m, (width_m) => set({ width_m }), { min: 1, max: 1000, step: 0.01, label: words.width }), number("depth", plan.depth_m, (depth_m) => set({ depth_m }), { min: 1, max: 1000, step: 0.01, label: words.depth }), `${words.width} × ${words.depth}, m`),
      ...drop,
      el("p", { class: "under" }, words.pick_one),
    ];
  }

  /** @param {number} value @param {(value: number) => void} told */
  range(value, told) {
    const input = el("input", { type: "range", min: 0, max: 1, step: 0.05, "data-name": "opacity" });
    input.value = String(value);
    input.addEventListener("change", () => told(Number(input.value)));
    return input;
  }

  /** Two fields side by side under one name. @param {HTMLElement} one @param {HTMLElement} other @param {string} label */
  pair(one, other, label) {
    return el("fieldset", { class: "row pair" }, el("legend", {}, label), one, other);
  }

  /** While a tool is in the hand. @returns {Node[]} */
  tool() {
    const { editor, words } = this;
    const { tool, pending, zoneKind } = editor.state;
    const x = el("input", { type: "number", step: 0.01, "data-name": "draw-x", "aria-label": words.x, inputmode: "decimal" });
    const y = el("input", { type: "number", step: 0.01, "data-name": "draw-y", "aria-label": words.y, inputmode: "decimal" });
    const put = () => {
      if (x.value === "" || y.value === "") return;
      editor.put([tidy(Number(x.value)), tidy(Number(y.value))]);
    };
    y.addEventListener("keydown", (event) => { if (event.key === "Enter") put(); });
    const kinds = tool === "zone" ? [row(words.kind, select("zone-kind", zoneKind, this.zoneKinds(), (kind) => editor.update({ zoneKind: kind })))] : [];
    const placed = el("ol", { class: "placed-list" }, ...pending.map(([px, py]) => el("li", {}, `${px.toFixed(2)}, ${py.toFixed(2)} m`)));
    return [this.head(words[`tool_${tool}`]), el("p", { class: "under" }, words[`hint_${tool}`]), ...kinds, this.pair(x, y, words.typed), el("div", { class: "acts" }, button(words.place, put)), placed];
  }

  /** @returns {[string, string][]} */
  zoneKinds() {
    return ["shelf", "queue", "till", "staff", "other"].map((kind) => [kind, this.words[`kind_${kind}`]]);
  }

  /** @param {Ref} ref @param {Part} one @returns {Node[]} */
  part(ref, one) {
    const { editor, words } = this;
    const own = editor.state.judged.problems.filter((problem) => problem.part === ref.kind && problem.id === one.id);
    return [
      this.head(words[`part_${ref.kind}`], this.size(ref, one)),
      ...(own.length ? [el("ul", { class: "own-problems" }, ...own.map((problem) => el("li", { class: problem.warning ? "note" : "note bad" }, problem.words)))] : []),
      ...(one.title ? [
        row(words.name_ko, text("ko", one.title.ko, (ko) => editor.alter({ title: { ...one.title, ko } }), { lang: "ko", maxlength: 80 })),
        row(words.name_en, text("en", one.title.en, (en) => editor.alter({ title: { ...one.title, en } }), { lang: "en", maxlength: 80 })),
      ] : []),
      ...this.special(ref, one),
      this.places(ref, one),
      el("details", { class: "more" }, el("summary", {}, words.more), row("ID", this.id(ref, one), words.id_hint)),
      el("div", { class: "acts" }, button(words.copy, () => editor.copy()), button(words.delete, () => { editor.commit({ plan: remove(editor.state.doc.plan, ref) }); this.page.toPlan(); }, "pill danger")),
    ];
  }

  /** @param {Ref} ref @param {Part} one */
  size(ref, one) {
    const size = measure(ref.kind, one);
    if (size.area !== undefined) return `${size.area.toFixed(2)} m²`;
    return size.length !== undefined ? `${size.length.toFixed(2)} m` : "";
  }

  /** @param {Ref} ref @param {Part} one */
  id(ref, one) {
    const { editor } = this;
    const input = text("id", one.id, (id) => {
      const { plan } = editor.state.doc;
      if (!input.checkValidity() || plan[ref.kind].some((other) => other !== one && other.id === id)) { input.value = one.id; return; }
      editor.state.selected = { kind: ref.kind, id };
      editor.commit({ plan: rename(plan, ref, id) });
    }, { pattern: ID, required: true, spellcheck: "false", autocapitalize: "none" });
    return input;
  }

  /** @param {string} field @param {string} label @param {import("./parts.js").Kind} kind @param {Part} one @param {boolean} optional */
  refers(field, label, kind, one, optional) {
    const { editor, words } = this;
    const { plan } = editor.state.doc;
    /** @type {[string, string][]} */
    const options = plan[kind].map((other) => [other.id, other.title ? `${editor.state.korean ? other.title.ko : other.title.en}` : other.id]);
    if (optional || !plan[kind].some((other) => other.id === one[field])) options.unshift(["", optional ? words.none : words.choose]);
    return row(label, select(field, one[field] ?? "", options, (value) => editor.alter({ [field]: value || (optional ? null : "") })));
  }

  /** @param {Part} one */
  node(one) {
    const known = [...new Set([...this.editor.state.nodes, one.node].filter(Boolean))];
    const list = el("datalist", { id: "known-nodes" }, ...known.map((name) => el("option", { value: name })));
    return [row(this.words.node, text("node", one.node, (node) => this.editor.alter({ node }), { list: "known-nodes", pattern: ID, spellcheck: "false", autocapitalize: "none" })), list];
  }

  /** @param {string} name @param {string} gtin @param {(gtin: string) => void} told @param {string} label */
  good(name, gtin, told, label) {
    const { goods } = this.editor.state;
    const called = goods.find((good) => good.gtin === gtin)?.name;
    return row(label, text(name, gtin, told, { list: "goods", inputmode: "numeric", maxlength: 14 }), called ?? (gtin ? this.words.unknown_product : undefined));
  }

  /** What only this kind has. @param {Ref} ref @param {Part} one @returns {Node[]} */
  special(ref, one) {
    const { editor, words } = this;
    switch (ref.kind) {
      case "zones": return [
        row(words.kind, select("kind", one.kind, this.zoneKinds(), (kind) => editor.alter({ kind })), one.kind === "staff" ? words.staff_hint : undefined),
        this.refers("camera", words.counted_by, "cameras", one, false),
      ];
      case "lines": return [
        row(words.crossing, select("kind", one.kind ?? "door", [["door", words.line_door], ["street", words.line_street]], (kind) => editor.alter({ kind }))),
        this.refers("camera", words.counted_by, "cameras", one, false),
        el("div", { class: "acts" }, button(words.turn, () => editor.alter({ a: one.b, b: one.a }))),
      ];
      case "shelves": return [this.refers("zone", words.before_it, "zones", one, true), row(words.height, number("height", one.height_m, (height_m) => editor.alter({ height_m }), { min: 0.1, max: 6, step: 0.01 })), ...this.products(one)];
      case "tags": return [this.good("gtin", one.gtin, (gtin) => editor.alter({ gtin }), words.product), this.refers("shelf", words.shelf, "shelves", one, false)];
      case "readers": return [...this.node(one), this.refers("zone", words.stands_in, "zones", one, true), this.good("gtin", one.gtin ?? "", (gtin) => editor.alter({ gtin: gtin || null }), words.product_optional)];
      case "cameras": return this.camera(one);
    }
  }

  /** @param {Part} one @returns {Node[]} */
  camera(one) {
    const { editor, words } = this;
    return [
      ...this.node(one),
      this.pair(number("height", one.height_m, (height_m) => editor.alter({ height_m }), { min: 0.5, max: 20, step: 0.01, label: words.hangs_at }), number("fov", one.field_of_view_deg, (field_of_view_deg) => editor.alter({ field_of_view_deg }), { min: 11, max: 169, step: 0.5, label: words.angle }), `${words.hangs_at} m, ${words.angle} °`),
      this.pair(number("px-width", one.width, (width) => editor.alter({ width }), { min: 64, max: 8192, step: 1, label: words.px_width }), number("px-height", one.height, (height) => editor.alter({ height }), { min: 64, max: 8192, step: 1, label: words.px_height }), words.picture),
      el("p", { class: "under" }, one.pairs?.length ? words.fitted.replace("{n}", String(one.pairs.length)) : words.not_fitted, " ", el("a", { href: `/manage/cameras/${one.id}` }, words.fit_camera)),
    ];
  }

  /** @param {Part} one @returns {Node[]} */
  products(one) {
    const { editor, words } = this;
    const { goods } = editor.state;
    const items = one.products.map((/** @type {string} */ gtin) => {
      const name = goods.find((good) => good.gtin === gtin)?.name ?? gtin;
      return el("li", {}, el("span", {}, name), button("×", () => editor.alter({ products: one.products.filter((/** @type {string} */ other) => other !== gtin) }), "pill square")) ;
    });
    items.forEach((/** @type {HTMLElement} */ item, /** @type {number} */ at) => item.querySelector("button")?.setAttribute("aria-label", `${words.take_off}: ${item.firstChild?.textContent ?? at}`));
    const more = text("add-product", "", (gtin) => {
      if (/^\d{14}$/.test(gtin) && !one.products.includes(gtin)) editor.alter({ products: [...one.products, gtin] });
    }, { list: "goods", inputmode: "numeric", placeholder: words.add_product, maxlength: 14 });
    return [row(words.products, more), el("ul", { class: "held" }, ...items)];
  }

  /** Every place as numbers. @param {Ref} ref @param {Part} one */
  places(ref, one) {
    const { editor, words } = this;
    const { corner } = editor.state;
    const points = corners(ref.kind, one);
    const polygon = polygonOf(ref.kind, one);
    const put = (/** @type {number} */ at, /** @type {number} */ axis, /** @type {number} */ value) => editor.commit({
      plan: place(editor.state.doc.plan, ref, points.map((point, index) => (index === at ? /** @type {[number, number]} */ (axis ? [point[0], value] : [value, point[1]]) : point))),
    });
    const rows = points.map((point, at) => {
      const name = this.nameOf(ref, at, polygon.length);
      const gone = at < polygon.length && polygon.length > 3
        ? [el("td", {}, this.small("×", `${words.corner_delete}: ${name}`, () => editor.commit({ plan: cut(editor.state.doc.plan, ref, at) })))] : [el("td")];
      const more = at < polygon.length
        ? [el("td", {}, this.small("+", `${words.corner_insert}: ${name}`, () => editor.commit({ plan: insert(editor.state.doc.plan, ref, at, midpoints(polygon)[at]) })))] : [el("td")];
      return el("tr", { "aria-current": corner === at ? "true" : false }, el("th", { scope: "row" }, name),
        el("td", {}, number(`x${at}`, point[0], (value) => put(at, 0, value), { step: 0.01, label: `${name} x, m` })),
        el("td", {}, number(`y${at}`, point[1], (value) => put(at, 1, value), { step: 0.01, label: `${name} y, m` })), ...more, ...gone);
    });
    const head = el("thead", {}, el("tr", {}, ...["", "x", "y"].map((name) => el("th", { scope: "col" }, name ? `${name} (m)` : el("span", { class: "hidden" }, words.corners))), el("td"), el("td")));
    return el("details", { class: "more", open: points.length <= 4 || corner !== null }, el("summary", {}, isArea(ref.kind) ? `${words.corners} (${polygon.length})` : words.place_of), el("table", { class: "corners" }, head, el("tbody", {}, ...rows)));
  }

  /** @param {string} sign @param {string} label @param {() => void} act */
  small(sign, label, act) {
    const control = button(sign, act, "pill square");
    control.setAttribute("aria-label", label);
    control.dataset.name = label;
    return control;
  }

  /** @param {Ref} ref @param {number} at @param {number} count */
  nameOf(ref, at, count) {
    const { words } = this;
    if (ref.kind === "lines") return at ? "B" : "A";
    if (ref.kind === "cameras" && at >= count) return at === count ? words.hangs : words.looks_at;
    return isArea(ref.kind) ? String(at + 1) : words.at;
  }
}

