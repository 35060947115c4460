// The chart of Explore with as many points as the address says: ?points=10000&series=20. `window.brushed` has the
// ranges that were drawn with the pointer, `window.frames_` the times of all frames.
import { exploreCanvas } from "../../packages/console/src/charts/explore/canvas.ts";
import { exploreOption } from "../../packages/console/src/charts/explore/draw.ts";
import { exploreData } from "../../packages/console/src/charts/explore/series.ts";
import { coverageOf } from "../../packages/console/src/state/coverage.ts";
import { PALETTES } from "../../packages/console/src/theme/palette.ts";

const params = new URLSearchParams(location.search);
const points = Number(params.get("points"));
const groups = Number(params.get("series"));
const STEP_MS = 10_000;
const FROM = 1_700_000_000_000;
const span = { from: FROM, to: FROM + points * STEP_MS, stepMs: STEP_MS };
const bins = Array.from({ length: points }, (_, bin) => FROM + bin * STEP_MS);
const rows = bins.flatMap((ms, bin) =>
  Array.from({ length: groups }, (_, group) => ({
    time: new Date(ms).toISOString(),
    DstPort: 1000 + group,
    bytes: Math.round(1e6 * (1 + Math.sin(bin / (30 + group)) + ((bin * (group + 7)) % 13) / 13)),
  })),
);
const answer = { from: "", to: "", step: 10, columns: ["time", "DstPort", "bytes"], rows, tier: "", elapsedMs: 1 };
const data = exploreData(answer, ["DstPort"], { unit: "bps" }, span, coverageOf(span, bins, span.to));
window.brushed = [];
const canvas = exploreCanvas(document.getElementById("chart"), document.getElementById("selection"), {
  click() {},
  hover() {},
  brush: (fromMs, toMs) => window.brushed.push(toMs - fromMs),
  wheel() {},
  mark() {},
  tooltip: () => "",
});
const started = performance.now();
const look = {
  kind: "stacked",
  data,
  back: null,
  before: null,
  alerts: [],
  emphasis: null,
  text: String,
  width: 1200,
  most: groups,
};
canvas.draw(exploreOption({ ...look, palette: PALETTES.light }), "#fff", true);
window.frames_ = [];
const frame = (ms) => {
  window.frames_.push(ms);
  requestAnimationFrame(frame);
};
requestAnimationFrame(() => {
  window.drawnMs = performance.now() - started;
  requestAnimationFrame(frame);
});
