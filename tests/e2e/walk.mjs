// Pictures of every view of the console: `npm run walk -- DIR`, in two languages, two themes and two widths, with
// the story of `ngflow demo`. What is cut, too wide, moved or not translated is printed. `--url` walks through a
// console that runs.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

/** As it comes out of a printer. */
const printed = (page) => page.emulateMedia({ media: "print" });

/** Name, address, what is there when the view is complete, and what is clicked or done then. */
const VIEWS = [
  ["home", "/?from=now-1h", '[aria-label="Groups"] li, [aria-label="グループ"] li'],
  ["home-day", "/?from=now-24h", '[aria-label="Groups"] li, [aria-label="グループ"] li'],
  ["home-none", "/?filter=port+9", "main .empty, main p:not(.paper)"],
  ["home-error", "/?filter=prt+53", "[role=alert], .fault"],
  ["home-before", "/?from=now-30d&to=now-20d", "main .empty, main p:not(.paper)"],

  ["home-print", "/?from=now-24h", '[aria-label="Groups"] li, [aria-label="グループ"] li', printed],
  ["explore", "/explore?from=now-24h&dims=SrcAddr/24/48,ServicePort", ".result tbody tr"],
  ...["percent", "lines", "bars", "mirror", "grid", "heatmap", "sankey", "map"].map((chart) => [
    `explore-${chart}`,
    `/explore?from=now-24h&chart=${chart}${["sankey", "map"].includes(chart) ? "" : "&dims=ServicePort&previous=1&p95=1"}`,
    ".result table tr",
  ]),
  ["explore-util", "/explore?from=now-24h&unit=util&dims=InIf&filter=ExporterAddr+%3D+127.1.0.1", ".result tbody tr"],
  ["explore-menu", "/explore?from=now-1h", ".result tbody tr", ".result tbody button"],
  ["explore-empty", "/explore?filter=port+9", ".result .empty, .result p"],
  ["explore-before", "/explore?from=now-30d&to=now-20d", ".result .empty, .result p"],
  ["explore-print", "/explore?from=now-24h", ".result tbody tr", printed],
  ["flows", "/flows", "[data-column=SrcAddr]"],
  ["flows-none", "/flows?filter=port+9", "main p:not(.paper)"],
  ["flows-record", "/flows", "[data-column=SrcAddr]", "td.open button"],
  ["flows-error", "/flows?filter=prt+53", "[role=alert], .fault"],
  ["host", "/host/10.20.0.21?from=now-24h", ".rankings table"],
  ["interface", "/interface/127.1.0.1/1?from=now-24h", ".rankings table"],
  ["exporter", "/exporter/127.1.0.1?from=now-24h", ".rankings table"],
  ["port", "/port/443?from=now-24h", ".rankings table"],
  ["as", "/as/0?from=now-24h", ".rankings table"],
  ["network", "/network/10.20.0.0%2F24?from=now-24h", ".rankings table"],
  ["conversation", "/conversation/10.20.0.5/203.0.113.20?from=now-24h", ".rankings table"],
  ["wrong-thing", "/host/nobody", "main p:not(.paper)"],
  ["graph", "/graph", "svg .node"],
  ["graph-node", "/graph", "svg .node", "svg .node.meter"],
  ["graph-link", "/graph", "svg .link", "svg .link rect"],
  ["explain", "/explain", "textarea"],
  ["pipeline", "/pipeline", "main ol li"],
  ["exporters", "/exporters", "main tbody button", "main tbody button"],
  ["saved", "/saved", "main"],
  ["alerts", "/alerts", "main", "section[aria-label] header button"],
  ["docs", "/docs", "article table"],
  ["docs-page", "/docs/reference/filter", "article table"],
  ["no-page", "/no/such", "main p:not(.paper), main a"],
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: "string" }, only: { type: "string" }, modes: { type: "string", default: "all" } },
});
const [out] = positionals;
if (!out) {
  console.error("usage: npm run walk -- [--url URL] [--only NAME,…] [--modes light-1440-en,…] DIR");
  process.exit(64);
}
mkdirSync(out, { recursive: true });

/** Runs in the page: what does not fit, and what looks as if it was not translated. */
function faultsOf(language) {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) faults.push(`page is ${root.scrollWidth - root.clientWidth} px too wide`);
  for (const element of document.querySelectorAll("main *, header *")) {
    const style = getComputedStyle(element);
    const isCut = style.overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1;
    if (isCut && style.textOverflow !== "ellipsis" && element.clientWidth > 1)
      faults.push(`cut: <${element.localName}> ${element.textContent.trim().slice(0, 60)}`);
    if (
      language === "ja" &&
      element.childElementCount === 0 &&
      !element.closest("article, pre, code, .mono, [lang=en]")
    ) {
      const text = element.textContent.trim();
      if (/[a-z]{3,} [a-z]{2,} [a-z]{2,}/.test(text) && !/[\u3040-\u9fff]/.test(text))
        faults.push(`English: ${text.slice(0, 80)}`);
    }
  }
  return [...new Set(faults)].slice(0, 12);
}

/** Runs in the page before anything: remembers what moved without a click or a key. */
function watchShifts() {
  window.shifts = { sum: 0, by: {} };
  const nameOf = (node) =>
    node?.nodeType === 1
      ? `<${[node.localName, ...node.classList].filter((of) => !of.startsWith("svelte-")).join(".")}>`
      : "text";
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value, sources } of list.getEntries()) {
      if (hadRecentInput) continue;
      window.shifts.sum += value;
      for (const { node, previousRect, currentRect } of sources)
        window.shifts.by[`${nameOf(node)} ${Math.round(currentRect.y - previousRect.y)} px`] = true;
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** The bar of `npm run bench:console`, for every view. */
const MOST_SHIFT = 0.02;

async function startDemo() {
  const data = mkdtempSync(join(tmpdir(), "ngflow-walk-"));
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const http = `127.0.0.1:${probe.address().port}`;
  await new Promise((resolve) => probe.close(resolve));
  const main = fileURLToPath(new URL("../../apps/ngflow/bin/ngflow.js", import.meta.url));
  const args = ["demo", "--seed", "7", "--http", http, "--data", data, "--control", join(data, "control.sock")];
  const child = spawn(process.execPath, [main, ...args], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (let rows = 0; rows < 20_000;) {
    if (child.exitCode !== null) throw new Error("ngflow demo ended");
    await new Promise((resolve) => setTimeout(resolve, 500));
    rows = await fetch(`http://${http}/api/v1/pipeline`)
      .then(async (answer) => (await answer.json()).rowsStored)
      .catch(() => 0);
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  return { url: `http://${http}`, stop };
}

const demo = values.url ? { url: values.url, stop: async () => {} } : await startDemo();
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
try {
  const only = values.only?.split(",");
  for (const colorScheme of ["light", "dark"])
    for (const width of [1440, 390])
      for (const language of ["en", "ja"]) {
        const mode = `${colorScheme}-${width}-${language}`;
        if (values.modes !== "all" && !values.modes.split(",").includes(mode)) continue;
        const viewport = { width, height: width < 500 ? 844 : 900 };
        const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
        await context.addInitScript(`localStorage.setItem("ngflow-language", "${language}")`);
        await context.addInitScript(watchShifts);
        const page = await context.newPage();
        page.setDefaultTimeout(10_000);
        let name = "";
        page.on("pageerror", (error) => console.log(`${name} ${mode}: exception: ${error.message}`));
        for (const [view, path, ready, click] of VIEWS) {
          if (only && !only.includes(view)) continue;
          name = view;
          try {
            await page.goto(demo.url + path);
            await page.locator(ready).first().waitFor();
            if (typeof click === "string") await page.locator(click).first().click();
            else await click?.(page);
            // Answers are asked for in rounds, and old ones are dimmed for a moment.
            await page.waitForTimeout(900);
            for (const fault of await page.evaluate(faultsOf, language)) console.log(`${view} ${mode}: ${fault}`);
            const { sum, by } = await page.evaluate("window.shifts");
            if (sum > MOST_SHIFT && click !== printed)
              console.log(`${view} ${mode}: shift ${sum.toFixed(3)}: ${Object.keys(by).join(", ")}`);
          } catch (error) {
            console.log(`${view} ${mode}: ${String(error.message).split("\n")[0]}`);
          }
          await page.screenshot({ path: join(out, `${view}-${mode}.png`), fullPage: view !== "docs-page" });
          await page.unrouteAll();
          await page.emulateMedia({ media: null });
        }
        await context.close();
      }
} finally {
  await browser.close();
  await demo.stop();
}
