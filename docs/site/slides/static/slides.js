/* A slide is 1280 × 720, which on a phone held upright is a strip of letters too small to read. There
 * it gets half the width and the screen's own shape, and the text flows anew. */

(() => {
  const upright = window.matchMedia("(max-width: 600px) and (orientation: portrait)");

  const size = () => upright.matches
    ? { width: 640, height: Math.round(640 * window.innerHeight / window.innerWidth), margin: 0.05 }
    : { width: 1280, height: 720, margin: 0.04 };

  const initialize = Reveal.initialize.bind(Reveal);
  Reveal.initialize = (options) => initialize({ ...options, ...size() });
  upright.addEventListener("change", () => Reveal.configure(size()));
})();
