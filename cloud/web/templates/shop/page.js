(() => {
  const live = document.getElementById("live");
  const after = document.body.dataset.after;
  if (!live || after === undefined || !window.EventSource) return;
  const lang = document.documentElement.lang;
  const words = document.getElementById("words").dataset;
  const say = (both) => (both && (both[lang] || both.en)) || "";
  const part = (card, name, text) => {
    const spot = card.querySelector("[data-" + name + "]");
    const [label] = (lang !== "ko" && /^\([가-힣]+\)/.exec(text)) || [""];
    spot.textContent = text.slice(label.length);
    if (!label) return;
    const korean = document.createElement("span");
    korean.lang = "ko";
    korean.textContent = label;
    spot.prepend(korean);
  };
  const show = (id, fill) => {
    const card = document.getElementById(id).content.firstElementChild.cloneNode(true);
    fill(card);
    live.prepend(card);
    while (live.children.length > 4) live.lastElementChild.remove();
  };
  const link = (card, url) => {
    card.href = url + (url.includes("?") ? "&" : "?") + "lang=" + lang;
  };
  const note = (d) => show("note-card", (card) => {
    part(card, "head", say(d.title));
    part(card, "text", say(d.text));
    const open = card.querySelector("[data-open]");
    if (d.url) { link(open, d.url); open.textContent = words.open; } else open.remove();
  });
  const on = {
    tap: (d) => show("tap-card", (card) => {
      const product = d.product;
      part(card, "head", words.tapped + " · " + say(d.reader_title));
      part(card, "name", product ? say(product.name) : say(d.reader_title));
      part(card, "price", product ? say(product.price_text) : "");
      if (product && product.picture) card.querySelector("img").src = product.picture;
      else card.querySelector(".thumb").remove();
      if (d.url) link(card, d.url);
      card.dataset.latency = Date.now() - d.sent_ms;
    }),
    offer: (d) => show("offer-card", (card) => {
      part(card, "head", say(d.title));
      part(card, "text", say(d.text));
      part(card, "why", d.why.map(say).concat(d.contact).join(" · "));
      for (const act of ["claim", "not-now"])
        card.querySelector("[data-" + act + "]").action = "/offers/" + d.showing + "/" + act + "?lang=" + lang;
      if (!d.won) card.querySelector("[data-claim]").remove();
      card.querySelector("[data-stop]").action = d.stop_url;
    }),
    card: (d) => {
      document.getElementById("waiting")?.remove();
      if (d.bound) document.getElementById("cards")?.remove();
      note({ text: { en: words[d.reason] || "" } });
    },
    stock: (d) => {
      const pill = document.getElementById("stock");
      if (!pill || d.all === null) return;
      const said = pill.dataset, dot = pill.firstElementChild, was = dot.className;
      const empty = d.here !== null && d.here < 1;
      dot.className = "dot" + (d.all < 1 ? " out" : d.all < 5 || (empty && said.empty) ? " low" : "");
      if (was.includes("out") !== d.all < 1) return location.reload();
      pill.lastElementChild.textContent = (d.all < 1 ? said.out : (empty && said.empty) || (d.here !== null && said.here) || said.all)
        .replace("{here}", (d.here || 0).toLocaleString(lang)).replace("{all}", d.all.toLocaleString(lang));
    },
  };
  const stream = new EventSource("/me/stream?after=" + after + (words.gtin ? "&gtin=" + words.gtin : ""));
  for (const kind of ["tap", "offer", "card", "stock", "receipt", "recheck", "joined", "coupon", "points", "restock", "request"])
    stream.addEventListener(kind, (e) => (on[kind] || note)(JSON.parse(e.data)));
  stream.addEventListener("resync", () => location.reload());
  addEventListener("pagehide", () => stream.close());
})();
