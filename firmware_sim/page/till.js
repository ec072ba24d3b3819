// The visitor at the till: a basket, the codes that the phone shows, and the receipt.
export class Counter {
  constructor({ $, make, say, store, post, product }) {
    Object.assign(this, { $, make, say, store, post, product });
    this.basket = new Map();
    this.receipt = null;
    if (!store.till) return;
    $("till").hidden = false;
    $("goods").addEventListener("change", () => { this.add($("goods").value); $("goods").value = ""; });
    $("pay").addEventListener("submit", (event) => { event.preventDefault(); this.pay(); });
    $("take").addEventListener("click", () => this.add(this.at));
  }

  // What lies in the visitor's hand: the product whose tag was tapped last.
  hold(gtin) {
    this.at = gtin;
    this.$("take").hidden = !this.store.till;
    this.speak();
  }

  add(gtin) {
    if (!this.store.products[gtin]) return;
    this.basket.set(gtin, (this.basket.get(gtin) || 0) + 1);
    this.speak();
  }

  less(gtin) {
    const left = this.basket.get(gtin) - 1;
    if (left > 0) this.basket.set(gtin, left); else this.basket.delete(gtin);
    this.speak();
  }

  won(amount) { return this.say().won(Math.abs(amount).toLocaleString("en"), amount < 0 ? "−" : ""); }

  async pay() {
    if (!this.basket.size) { this.$("goods").focus(); return; }
    const value = (id) => this.$(id).value.trim();
    const lines = [...this.basket].map(([gtin, quantity]) => ({ gtin, quantity }));
    const told = await this.post("/visitor/pay", { lines, member: value("member"), coupon: value("coupon"), points: Number(value("spend")) || 0 });
    this.receipt = told;
    if (told && !told.refused) {
      this.basket.clear();
      for (const id of ["coupon", "spend"]) this.$(id).value = "";
    }
    this.speak();
  }

  speak() {
    if (!this.store.till) return;
    const say = this.say(), make = this.make;
    this.$("take").textContent = say.take;
    this.$("goods").replaceChildren(make("option", { value: "" }, say.chooseGoods), ...Object.keys(this.store.products).map((gtin) => make("option", { value: gtin }, this.product(gtin))));
    this.$("basket").replaceChildren(...[...this.basket].map(([gtin, quantity]) => make("li", {}, make("span", {}, this.product(gtin)), make("b", {}, `× ${quantity}`),
      make("button", { type: "button", class: "quiet", "aria-label": say.less(this.product(gtin)), onclick: () => this.less(gtin) }, "−"))));
    if (this.receipt) this.$("printer").replaceChildren(this.paper(this.receipt));
  }

  paper(told) {
    const say = this.say(), make = this.make;
    const row = (name, amount, kind = "") => make("p", { class: `row ${kind}` }, make("span", {}, name), make("b", {}, amount));
    if (told.refused) return make("div", { class: "paper refused" }, make("p", {}, say.refused), make("p", { class: "faint" }, told.refused));
    const paper = make("div", { class: "paper" }, make("h3", {}, this.store.plan.title[document.documentElement.lang]),
      make("p", { class: "faint" }, `${told.sale.slice(-12)} · ${new Date(told.at).toLocaleTimeString(document.documentElement.lang)}`));
    for (const line of told.lines) paper.append(row(`${this.product(line.gtin)} × ${line.quantity}`, this.won(line.amount)));
    paper.append(make("hr", {}));
    if (told.discount) paper.append(row(say.couponOff, this.won(-told.discount), "off"));
    if (told.points_spent) paper.append(row(say.pointsSpent, `${told.points_spent.toLocaleString("en")} P`, "off"));
    paper.append(row(say.paid, this.won(told.paid), "sum"));
    if (told.points_earned) paper.append(row(say.pointsEarned, `+${told.points_earned.toLocaleString("en")} P`, "earned"));
    if (told.balance !== null) paper.append(row(say.balance, `${told.balance.toLocaleString("en")} P`));
    for (const note of told.notes) paper.append(make("p", { class: "faint" }, note));
    return paper;
  }
}
