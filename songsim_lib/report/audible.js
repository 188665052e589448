// Plays a point of the map when it is pointed at, tapped or reached by the keyboard. No library, nothing is fetched.
(() => {
  const map = document.getElementById("sound-map");
  if (!map) return;
  const points = [...map.querySelectorAll("button.point")];
  const says = document.getElementById("sound-map-says");
  const player = new Audio();
  let at = 0, asked = false;  // browsers play nothing before the reader has clicked or typed once

  const place = (point) => [parseFloat(point.style.left), parseFloat(point.style.top)];
  const mark = (point) => {
    for (const one of points) {
      one.classList.toggle("playing", one === point);
      one.classList.toggle("version", one !== point && point && one.dataset.work === point.dataset.work);
    }
  };
  const play = (point) => {
    mark(point);
    says.textContent = point.getAttribute("aria-label");
    player.src = point.dataset.sound;
    player.play().catch(() => { says.textContent += " (click a point once to switch the sound on)"; });
  };
  const stop = () => { player.pause(); mark(null); };
  const go = (to) => {
    points[at].tabIndex = -1;
    at = to;
    points[at].tabIndex = 0;
    points[at].focus();
  };
  // The nearest point in a direction; what lies aside counts as farther.
  const towards = (dx, dy) => {
    const [x, y] = place(points[at]);
    let best = -1, least = Infinity;
    points.forEach((point, i) => {
      const [px, py] = place(point), along = (px - x) * dx + (py - y) * dy;
      const aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (i !== at && along > 0 && along + 2 * aside < least) { best = i; least = along + 2 * aside; }
    });
    if (best >= 0) go(best);
  };
  const versions = (step) => {
    const mine = points.map((_, i) => i).filter((i) => points[i].dataset.work === points[at].dataset.work);
    go(mine[(mine.indexOf(at) + step + mine.length) % mine.length]);
  };
  const keys = {
    ArrowLeft: () => towards(-1, 0), ArrowRight: () => towards(1, 0), ArrowUp: () => towards(0, -1),
    ArrowDown: () => towards(0, 1), Home: () => go(0), End: () => go(points.length - 1), Escape: stop,
    v: () => versions(1), V: () => versions(-1),
  };

  points.forEach((point, i) => {
    point.addEventListener("focus", () => { at = i; play(point); });
    point.addEventListener("click", () => { asked = true; go(i); play(point); });
    point.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse" && (asked || navigator.userActivation?.hasBeenActive)) play(point);
    });
  });
  map.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  map.addEventListener("pointerleave", () => { if (!map.contains(document.activeElement)) stop(); });
})();
