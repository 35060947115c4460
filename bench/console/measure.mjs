import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const HERE = dirname(fileURLToPath(import.meta.url));
/** The console's own. */
const VITE = createRequire(join(HERE, "../../packages/console/package.json")).resolve("vite");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--enable-precise-memory-info"];

/** Debian's Chromium with a profile of its own: nothing is cached. */
export async function withBrowser(use) {
  const profile = mkdtempSync(join(tmpdir(), "ngflow-bench-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
    viewport: { width: 1440, height: 900 },
  });
  try {
    return await use(context);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Waits until an expression holds. The page's policy allows no text as a program, so it asks from outside. */
async function until(page, expression, limitMs) {
  for (const deadline = Date.now() + limitMs; !(await page.evaluate(expression)); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`not in time: ${expression}`);
  }
}

/** In the page: when the first chart has its data, which `shown` selects, and how far things jumped. */
const watch = (shown) => `
  window.shifts = 0; window.paintMs = null; window.chartMs = null;
  new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifts += e.value; })
    .observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => { for (const e of list.getEntries()) if (e.name === "first-contentful-paint") window.paintMs = e.startTime; })
    .observe({ type: "paint", buffered: true });
  const look = () => {
    if (window.chartMs !== null) return;
    const canvas = document.querySelector("main canvas");
    if (canvas && canvas.width > 0 && document.querySelector(${JSON.stringify(shown)})) window.chartMs = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
`;

const GROUPS = '[aria-label="Groups"] li button';

/** Milliseconds until a page is painted, and until its first chart has its data. */
export async function firstChart(url, shown = GROUPS) {
  return withBrowser(async (context) => {
    const page = await context.newPage();
    await page.addInitScript(watch(shown));
    await page.goto(url);
    await until(page, "window.chartMs !== null", 60_000);
    const [paintMs, chartMs] = await page.evaluate("[window.paintMs, window.chartMs]");
    return { paintMs: Math.round(paintMs), chartMs: Math.round(chartMs) };
  });
}

/** The first page without a cache: weight, times, and shifts over some seconds of live updates. */
export async function firstScreen(url, watchMs) {
  return withBrowser(async (context) => {
    const page = await context.newPage();
    await page.addInitScript(watch(GROUPS));
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    const paths = new Map();
    let [bytes, apiBytes, files] = [0, 0, 0];
    session.on("Network.responseReceived", ({ requestId, response }) =>
      paths.set(requestId, new URL(response.url).pathname),
    );
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (paths.get(requestId)?.startsWith("/api/")) return void (apiBytes += encodedDataLength);
      bytes += encodedDataLength;
      files++;
    });
    await page.goto(url);
    await until(page, "window.chartMs !== null", 30_000);
    await page.locator("svg .node").first().waitFor();
    await sleep(watchMs);
    const [paintMs, chartMs, shifts] = await page.evaluate("[window.paintMs, window.chartMs, window.shifts]");
    return {
      bytes,
      apiBytes,
      files,
      paintMs: Math.round(paintMs),
      chartMs: Math.round(chartMs),
      shifts: round(shifts, 4),
    };
  });
}

/** Frames a second while a range is drawn on a chart of so many points. */
export async function brush(points, series) {
  const { createServer } = await import(pathToFileURL(VITE).href);
  const vite = await createServer({
    root: join(HERE, "../.."),
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@ngflow/source", "module", "browser", "development"] },
    server: { host: "127.0.0.1", port: 0, hmr: false, watch: null },
  });
  await vite.listen();
  try {
    const { port } = vite.httpServer.address();
    return await withBrowser(async (context) => {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${port}/bench/console/brush.html?points=${points}&series=${series}`);
      await until(page, "window.drawnMs > 0 && window.frames_.length > 10", 120_000);
      const box = await page.locator("#chart").boundingBox();
      await page.mouse.move(box.x + 200, box.y + 150);
      await page.mouse.down();
      const from = await page.evaluate("performance.now()");
      for (let i = 0; i < 180; i++) {
        await page.mouse.move(box.x + 200 + i * 4, box.y + 150 + (i % 7));
        await sleep(12);
      }
      const to = await page.evaluate("performance.now()");
      await page.mouse.up();
      const [drawnMs, frames, brushed] = await page.evaluate("[window.drawnMs, window.frames_, window.brushed.length]");
      const gaps = frames
        .filter((ms) => ms >= from && ms <= to)
        .map((ms, i, all) => (i === 0 ? 0 : ms - all[i - 1]))
        .slice(1)
        .sort((a, b) => a - b);
      if (brushed !== 1) throw new Error("no range was drawn");
      return {
        points,
        series,
        drawnMs: Math.round(drawnMs),
        framesPerSecond: round((1000 * gaps.length) / (to - from), 1),
        p95Ms: round(gaps[Math.floor(gaps.length * 0.95)], 1),
        longestMs: round(gaps.at(-1), 1),
      };
    });
  } finally {
    await vite.close();
  }
}

/**
 * In the page: time runs so many times faster for its timers, and each event of the stream comes so many times, the
 * copies a part of a second later each. The page then asks, draws and forgets as in so much more time.
 */
const hasten = (speed) => `
  const [later, every] = [setTimeout, setInterval];
  window.setTimeout = (does, ms = 0, ...values) => later(does, ms / ${speed}, ...values);
  window.setInterval = (does, ms = 0, ...values) => every(does, ms / ${speed}, ...values);
  const listen = EventSource.prototype.addEventListener;
  window.updates = 0;
  EventSource.prototype.addEventListener = function (type, does, ...rest) {
    if (type !== "pipeline" && type !== "graph") return listen.call(this, type, does, ...rest);
    listen.call(this, type, (event) => {
      for (let i = 0; i < ${speed}; i++) {
        window.updates++;
        const shifted = event.data.replace(/"timeMs":(\\d+)/, (_, ms) => '"timeMs":' + (Number(ms) + i * ${1000 / speed}));
        does(new MessageEvent(type, { data: shifted }));
      }
    }, ...rest);
  };
`;

/**
 * Bytes of the heap after a forced collection, once a minute over so many minutes of live updates whose timers and
 * events come `speed` times as fast. The slope is that of the line through the last two thirds of the samples, for as
 * many queries: how fast the page really asks depends on how fast the server answers.
 */
export async function heapOver(url, minutes, speed) {
  return withBrowser(async (context) => {
    const page = await context.newPage();
    let rounds = 0;
    page.on("response", (response) => (rounds += new URL(response.url()).pathname.endsWith("/query") ? 1 : 0));
    if (speed > 1) await page.addInitScript(hasten(speed));
    await page.goto(url);
    await page.locator("main canvas").first().waitFor();
    const session = await context.newCDPSession(page);
    await session.send("HeapProfiler.enable");
    const started = Date.now();
    const sample = async () => {
      // Twice: what only finalizers held goes with the second.
      await session.send("HeapProfiler.collectGarbage");
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
      const minute = round((Date.now() - started) / 60_000, 2);
      return { minute, mb: round(usedSize / 1e6, 3), nodes, listeners: jsEventListeners };
    };
    // What is loaded once is loaded by then.
    await sleep(30_000);
    const samples = [await sample()];
    const parts = Math.max(2, Math.min(240, Math.round(minutes)));
    for (let i = 0; i < parts; i++) {
      await sleep((minutes * 60_000) / parts);
      samples.push(await sample());
    }
    const slope = slopeOf(samples.slice(Math.ceil(samples.length / 3)));
    const perMinute = rounds / samples.at(-1).minute;
    return {
      minutes,
      speed,
      queries: rounds,
      mbPer10kQueries: round((10_000 * slope) / perMinute, 3),
      first: samples[0],
      last: samples.at(-1),
      most: Math.max(...samples.map(({ mb }) => mb)),
      samples: samples.map(({ mb }) => mb),
    };
  });
}

/** MB a minute of the least-squares line. */
function slopeOf(samples) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ minute }) => minute)), mean(samples.map(({ mb }) => mb))];
  const spread = samples.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0);
  return spread === 0 ? 0 : samples.reduce((sum, { minute, mb }) => sum + (minute - x) * (mb - y), 0) / spread;
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}
