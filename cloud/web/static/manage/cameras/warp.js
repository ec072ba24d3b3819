// A still laid onto the plan: each pixel of the floor asks the picture what shows there.

import { apply, inverse } from "cameras/homography";

/**
 * Draws the floor as the picture shows it on a canvas over the whole plan.
 * `how` is { matrix, strength, centre, unit } (contract/calibration.py, Warp), for pictures of `size` px.
 */
export function draw(canvas, source, how, size, floor) {
  const context = canvas.getContext("2d"), { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  const back = how && inverse(how.matrix);
  if (!back || !source) return;
  const out = context.createImageData(width, height);
  const from = new Uint32Array(source.data.buffer), to = new Uint32Array(out.data.buffer);
  const across = source.width / size.width, down = source.height / size.height;
  for (let row = 0; row < height; row++) {
    const y = ((row + 0.5) / height) * floor.depth;
    for (let column = 0; column < width; column++) {
      const straight = apply(back, ((column + 0.5) / width) * floor.width, y);
      if (!straight || !apply(how.matrix, straight[0], straight[1])) continue;
      const [u, v] = how.strength ? bent(how, straight) : straight;
      const i = Math.floor(u * across), j = Math.floor(v * down);
      if (i >= 0 && j >= 0 && i < source.width && j < source.height) to[row * width + column] = from[j * source.width + i];
    }
  }
  context.putImageData(out, 0, 0);
}

/** The pixel that shows a straight one: undoes straight = centre + (pixel - centre) / (1 + strength r²). */
function bent(how, straight) {
  const x = straight[0] - how.centre[0], y = straight[1] - how.centre[1];
  let u = x, v = y;
  for (let turn = 0; turn < 6; turn++) {
    const r = (u / how.unit[0]) ** 2 + (v / how.unit[1]) ** 2;
    u = x * (1 + how.strength * r);
    v = y * (1 + how.strength * r);
  }
  return [how.centre[0] + u, how.centre[1] + v];
}
