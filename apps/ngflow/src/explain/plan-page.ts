/** Style of the page around the drawings, whose colours come from their own theme. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --page: #f6f8fb; --panel: #fff; --ink: #17202c; --muted: #5d6b7e; --line: #d5dde7; --mark: #fff3d1; --good: #15803d; --bad: #d11f2f; }
@media (prefers-color-scheme: dark) { :root { --page: #0e131b; --panel: #18202c; --ink: #e9eff8; --muted: #9aa8bb; --line: #2c394b; --mark: #3b300f; --good: #4ade80; --bad: #ff6b74; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.25rem 1.5rem 2rem; background: var(--page); color: var(--ink); font: 15px/1.5 'M PLUS 1p', 'Noto Sans', 'Helvetica Neue', Arial, 'Noto Sans CJK JP', sans-serif; }
h1 { margin: 0 0 .4rem; font-size: 1.15rem; overflow-wrap: anywhere; }
.verdict { margin: 0 0 1rem; padding-left: 1.1rem; max-width: 75rem; }
.verdict .warn::marker { color: var(--bad); content: "\\2717\\00a0"; }
main { display: grid; grid-template-columns: minmax(15rem, 22rem) minmax(0, 1fr); gap: 1.25rem; align-items: start; }
@media (max-width: 60rem) { main { grid-template-columns: minmax(0, 1fr); } section { order: -1; } }
nav ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .25rem; max-height: 78vh; overflow: auto; }
button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; cursor: pointer; }
button:focus-visible { outline: 3px solid #2563eb; outline-offset: 1px; }
nav button { width: 100%; display: flex; gap: .6rem; align-items: baseline; text-align: left; padding: .4rem .6rem; }
nav button[aria-current] { background: var(--mark); border-color: #d98a00; }
nav code { font: 13px/1.4 ui-monospace, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; flex: 1; }
nav em { font-style: normal; font-size: 12px; color: var(--muted); white-space: nowrap; }
.number { color: var(--muted); min-width: 1.2em; text-align: right; }
.good { color: var(--good) !important; } .bad { color: var(--bad) !important; }
.stage { border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
.scene { display: block; width: 100%; height: auto; }
.scene[hidden] { display: none; }
.controls { display: flex; gap: .5rem; align-items: center; margin: .7rem 0; color: var(--muted); font-size: 13px; }
.controls button { padding: .3rem .9rem; color: var(--ink); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1rem; margin: 0; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.scene .flow { stroke-dasharray: none; }
@media (prefers-reduced-motion: no-preference) { .scene { animation: appear .25s ease-out; } @keyframes appear { from { opacity: .35; } } }
@media print { nav, .controls { display: none; } .scene[hidden], .detail[hidden] { display: block; } }
`;

/** Steps through the scenes. The fragment of the address keeps the current one. */
export const PAGE_SCRIPT = `
(() => {
  const buttons = [...document.querySelectorAll("[data-scene]")];
  const last = buttons.length - 1;
  let now = 0, timer = 0;
  const show = (to) => {
    to = Math.max(0, Math.min(last, to));
    for (const [i, button] of buttons.entries()) {
      const on = i === to;
      document.getElementById("scene" + i).toggleAttribute("hidden", !on);
      document.getElementById("detail" + i).hidden = !on;
      if (on) button.setAttribute("aria-current", "step"); else button.removeAttribute("aria-current");
    }
    buttons[to].scrollIntoView({ block: "nearest" });
    now = to;
    history.replaceState(null, "", "#" + to);
  };
  const play = document.getElementById("play");
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = "Play"; };
  const start = () => {
    if (now === last) show(0);
    timer = setInterval(() => (now === last ? stop() : show(now + 1)), 2000);
    play.textContent = "Pause";
  };
  const go = (to) => { stop(); show(to); };
  for (const [i, button] of buttons.entries()) button.addEventListener("click", () => go(i));
  document.getElementById("back").addEventListener("click", () => go(now - 1));
  document.getElementById("forward").addEventListener("click", () => go(now + 1));
  play.addEventListener("click", () => (timer === 0 ? start() : stop()));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: last }[event.key];
    if (to !== undefined) { event.preventDefault(); go(to); }
    else if (event.key === " " && event.target.tagName !== "BUTTON") { event.preventDefault(); play.click(); }
  });
  const first = Number(location.hash.slice(1));
  if (Number.isInteger(first) && first > 0) show(first);
})();
`;
