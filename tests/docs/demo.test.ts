import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Background, ROOT, run } from "../support/command.ts";
import { shellBlocks } from "../support/pages.ts";

const blocks = shellBlocks("docs/how-to/demo.md");
/** The first starts the demo, the second points the commands at it. */
const [start, environment, ...steps] = blocks.map(({ script }) => script);

let folder = "";
let demo: Background;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-story-"));
  for (const name of ["node_modules", "examples", "package.json"]) symlinkSync(join(ROOT, name), join(folder, name));
  const words = `exec ${start?.trim()} --control ${join(folder, "control.sock")} --http 127.0.0.1:0`;
  demo = new Background(["bash", "--norc", "-euc", words], { cwd: folder });
  await demo.until("the console", () => demo.stdout.includes("console  "), 60_000);
  const url = /console {2}(http:\S+)/.exec(demo.stdout)?.[1] ?? "";
  const told = Number(/story +([\d,]+) flows/.exec(demo.stdout)?.[1]?.replaceAll(",", ""));
  expect(told).toBeGreaterThan(25_000);
  const facts = async (): Promise<{ rowsStored: number; recordsLost: number }> =>
    (await (await fetch(`${url}/api/v1/pipeline`)).json()) as { rowsStored: number; recordsLost: number };
  await demo.until("the history in the store", async () => (await facts()).rowsStored >= told, 60_000);
  // The exporter that is wrong about the time has no history.
  await demo.until("the branch", () => /clock is \d+ s behind/.test(demo.stderr), 60_000);
}, 180_000);
afterAll(async () => {
  await demo?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const number = (text: string | undefined): number => Number(text);

/** What each command of the page finds, in the order of the page. */
const FOUND: readonly [name: string, found: (stdout: string) => void][] = [
  // Hours are those of UTC, the backup is at night in the zone of this machine.
  ["hours", (text) => expect(text).toMatch(/^Hour +bytes\n/)],
  ["the backup", (text) => expect(text).toMatch(/^10\.20\.0\.5 +203\.0\.113\.20 +873 +8999985600$/m)],
  ["the scan", (text) => expect(text).toMatch(/^198\.51\.100\.66 +1024$/m)],
  [
    "the alert",
    (text) => {
      expect(text).toMatch(/^port-scan: would have fired once /m);
      expect(text).toContain("SrcAddr=198.51.100.66");
    },
  ],
  [
    "the call",
    (text) => {
      // 25 minutes at a steady rate, of the 65 that were asked for.
      const rate = (from: string): number => number(new RegExp(`^${from} .* ([\\d.]+)$`, "m").exec(text)?.[1]);
      expect(Math.abs(rate("10.20.0.21") / ((2.5e6 * 25) / 65) - 1)).toBeLessThan(0.01);
      expect(Math.abs(rate("203.0.113.90") / ((3.2e6 * 25) / 65) - 1)).toBeLessThan(0.01);
    },
  ],
  ["the burst", (text) => expect(number(/^10\.20\.0\.35 +(\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(3000)],
  ["the answers", (text) => expect(text).toMatch(/^203\.0\.113\.53 +10\.20\.0\.35 +420(?:\.0+)?$/m)],
  [
    "the link",
    (text) => {
      const rates = [...text.matchAll(/ office-gw +uplink +([\d.]+)$/gm)].map(([, rate]) => number(rate));
      const full = rates.filter((rate) => rate > 90e6);
      expect(full.length).toBeGreaterThanOrEqual(5);
      expect(Math.max(...rates)).toBeLessThan(100e6);
    },
  ],
  ["who fills it", (text) => expect(text).toMatch(/^192\.0\.2\.80 +10\.20\.0\.44 +\d+$/m)],
  ["the clock", (text) => expect(text).toMatch(/127\.1\.0\.3: The exporter's clock is 270\d s behind/)],
  ["its flows", (text) => expect(text).toMatch(/^127\.1\.0\.3 +arrival +\d+$/m)],
  ["the loss", (text) => expect(number(/^127\.1\.0\.2 .* (\d+) +\d+$/m.exec(text)?.[1])).toBeGreaterThan(500)],
  ["the audit", (text) => expect(text).toMatch(/^LOST decoded [^]*something is missing/m)],
];

test("each step of the page has what it finds", () => {
  expect(blocks.map(({ notRun }) => notRun)).toEqual(blocks.map(() => "with the story"));
  expect(environment).toBe("export NGFLOW_DATA=demo-data\n");
  expect(steps).toHaveLength(FOUND.length);
});

test.for(FOUND.map(([name, found], i) => [name, i, found] as const))("%s", ([, i, found]) => {
  const ended = run(["bash", "--norc", "-euc", `${environment}${steps[i]}`], {
    cwd: folder,
    env: { NGFLOW_CONTROL: join(folder, "control.sock") },
    timeoutMs: 90_000,
  });
  expect(ended.status, ended.stderr).toBe(0);
  found(ended.stdout);
});
