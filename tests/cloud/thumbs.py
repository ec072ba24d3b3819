"""Questions to a page on a phone: what sticks out of the glass, and what is too low for a thumb."""

TOO_WIDE = """() => [...document.body.querySelectorAll('*')].filter((one) => {
  if (one.closest('.rail, .log, svg, .hide')) return false;
  const box = one.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map((one) => one.outerHTML.slice(0, 120))"""
TOO_SMALL = """() => [...document.querySelectorAll('a, button, select, summary, .opt, .rate label')].filter((one) => {
  const box = one.getBoundingClientRect(), inText = one.closest('.log');
  return box.height > 0 && !inText && box.height < 44;
}).map((one) => one.outerHTML.slice(0, 120))"""
