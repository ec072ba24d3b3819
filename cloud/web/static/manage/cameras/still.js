// The still: ordered, waited for, and drawn from memory. It has no address that could be opened again.

/** Orders a still of this camera; the number by which it can be had once. Throws Error with the server's words. */
export async function order(camera) {
  const answer = await fetch(`/manage/cameras/${camera}/still`, { method: "POST", headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(await words(answer));
  return (await answer.json()).still;
}

/** The picture of an order as a bitmap, as soon as the node has sent it; it is given out once. */
export async function take(camera, nonce) {
  const answer = await fetch(`/manage/cameras/${camera}/still/${nonce}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(await words(answer));
  return createImageBitmap(await answer.blob());
}

/** The node's own opinion of the pairs, or the reason why there is none. */
export async function ask(camera, size, pairs, signal) {
  const body = JSON.stringify({ ...size, pairs: pairs.map((pair) => [pair.u, pair.v, pair.x, pair.y]) });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`/manage/cameras/${camera}/errors`, { method: "POST", headers, body, signal });
  return answer.ok ? answer.json() : { calibration: null, reason: await words(answer) };
}

/** What the server says of a refusal. */
async function words(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text).detail ?? text;
  } catch {
    return text.trim() || String(answer.status);
  }
}
