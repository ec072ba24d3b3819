// The staff's inbox reads itself anew whenever a request moved.
const box = document.getElementById("inbox");

async function look() {
  const answer = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } });
  if (answer.redirected || !answer.ok) return location.reload();
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("inbox");
  const held = document.activeElement?.closest("form")?.action;
  box.replaceChildren(...now.childNodes);
  if (held) box.querySelector(`form[action="${new URL(held).pathname}"] button`)?.focus();
}

const stream = new EventSource("/manage/requests/live");
stream.addEventListener("moved", look);
stream.addEventListener("resync", look);
addEventListener("pagehide", () => stream.close());
