// @ts-check
// Labelled fields of the side panel, made of the page's own form classes.

/** @template {keyof HTMLElementTagNameMap} K @param {K} name @param {Record<string, string | number | boolean>} [attributes] @param {(Node | string)[]} children @returns {HTMLElementTagNameMap[K]} */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false) element.setAttribute(key, String(value));
  }
  element.append(...children);
  return element;
}

let count = 0;

/** @param {string} label @param {HTMLElement} control @param {string} [hint] */
export function row(label, control, hint) {
  const id = control.id || `field-${(count += 1)}`;
  control.id = id;
  const parts = [el("label", { for: id }, label), control];
  if (hint) { parts.push(el("p", { class: "hint", id: `${id}-hint` }, hint)); control.setAttribute("aria-describedby", `${id}-hint`); }
  return el("div", { class: "row" }, ...parts);
}

/** @param {string} name @param {string} value @param {(value: string) => void} told @param {Record<string, string | number | boolean>} [more] */
export function text(name, value, told, more = {}) {
  const input = el("input", { type: "text", "data-name": name, autocomplete: "off", ...more });
  input.value = value;
  input.addEventListener("change", () => told(input.value.trim()));
  return input;
}

/** A number in `unit`; what is none is put back. @param {string} name @param {number} value @param {(value: number) => void} told @param {{min?: number, max?: number, step?: number, label?: string}} [more] */
export function number(name, value, told, more = {}) {
  const input = el("input", { type: "number", "data-name": name, inputmode: "decimal", step: more.step ?? "any" });
  if (more.min !== undefined) input.min = String(more.min);
  if (more.max !== undefined) input.max = String(more.max);
  if (more.label) input.setAttribute("aria-label", more.label);
  input.value = String(value);
  input.addEventListener("change", () => {
    if (input.value !== "" && input.checkValidity()) told(Number(input.value));
    else if (input.reportValidity()) input.value = String(value);
  });
  return input;
}

/** @param {string} name @param {string} value @param {[string, string][]} options value and words @param {(value: string) => void} told */
export function select(name, value, options, told) {
  const control = el("select", { "data-name": name });
  for (const [key, words] of options) control.append(el("option", { value: key }, words));
  control.value = value;
  control.addEventListener("change", () => told(control.value));
  return control;
}

/** @param {string} words @param {() => void} act @param {string} [kind] */
export function button(words, act, kind = "pill") {
  const control = el("button", { type: "button", class: kind }, words);
  control.addEventListener("click", act);
  return control;
}

/** Puts other fields into a panel, and the keyboard back to where it was. @param {HTMLElement} panel @param {Node[]} children */
export function refill(panel, children) {
  const here = document.activeElement instanceof HTMLElement && panel.contains(document.activeElement) ? document.activeElement : null;
  const name = here?.dataset.name;
  panel.replaceChildren(...children);
  if (!name) return;
  const again = /** @type {HTMLElement | null} */ (panel.querySelector(`[data-name="${CSS.escape(name)}"]`));
  again?.focus({ preventScroll: true });
}
