(() => {
  const live = document.getElementById("live");
  const after = document.body.dataset.after;
  if (!live || after === undefined || !window.EventSource) return;
  const lang = document.documentElement.lang;
  const words = document.getElementById("words").dataset;
  const say = (both) => (both && (both[lang] || both.en)) || "";
  const part = (card, name, text) => { card.querySelector("[data-" + name + "]").textContent = text; };
  const show = (id, fill) => {
    const card = document.getElementById(id).content.firstElementChild.cloneNode(true);
    fill(card);
    live.prepend(card);
    while (live.children.length > 4) live.lastElementChild.remove();
  };
  const link = (card, url) => {
    card.href = url + (url.includes("?") ? "&" : "?") + "lang=" + lang;
  };
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
      part(card, "why", words.why.replace("{p}", d.why.people_seconds).replace("{n}", d.why.stock));
      link(card.querySelector("[data-stop]"), d.stop_url);
      card.querySelector("[data-stop]").textContent = words.stop;
    }),
    card: (d) => {
      const said = words[d.reason] || "";
      document.getElementById("waiting")?.remove();
      if (d.bound) document.getElementById("cards")?.remove();
      show("note-card", (card) => part(card, "text", said));
    },
  };
  const stream = new EventSource("/me/stream?after=" + after);
  for (const kind in on) stream.addEventListener(kind, (e) => on[kind](JSON.parse(e.data)));
  stream.addEventListener("resync", () => location.reload());
  addEventListener("pagehide", () => stream.close());
})();
