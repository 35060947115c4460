import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Background, must, NGFLOW, ROOT, SAME_USER, sleep } from "../support/command.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { absentTools } from "../support/needs.ts";

const missing = absentTools("faketime", "ss");
const folder = mkdtempSync(join(tmpdir(), "ngflow-clock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The UDP port of a process; undefined while it has none. */
function portOf(pid: number): string | undefined {
  const lines = must(["ss", "-Hlnup"]).split("\n");
  return /127\.0\.0\.1:(\d+)/.exec(lines.find((line) => line.includes(`pid=${pid},`)) ?? "")?.[1];
}

/** Clocks of the daemons, one after the other, in hours from the machine's. */
const CLOCKS = [0, 9600, 0, -9600, 0];
const STAY_MS = 3000;
const ACTIVE_S = 3;

interface Flow {
  readonly kind: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

test.skipIf(missing !== undefined)(
  `a graph and a collector whose clock is set by 400 days export and count as before${missing ?? ""}`,
  { timeout: 120_000 },
  async () => {
    const clock = new FakeClock(join(folder, "clock"));
    const control = join(folder, "control.sock");
    const data = join(folder, "data");
    const decode = new Background([...NGFLOW, "decode", "--listen", "udp://127.0.0.1:0"]);
    const collect = new Background([...NGFLOW, "collect", "--data", data, "--listen", "127.0.0.1:0", ...SAME_USER], {
      env: clock.env(),
    });
    const running = [decode, collect];
    try {
      await decode.until("decode", () => portOf(decode.pid) !== undefined);
      await collect.until("collect", () => collect.stdout.includes("listening"));
      const state = (): { readonly collector: { readonly counters: Record<string, number> } } =>
        JSON.parse(readFileSync(join(data, "run", "collect.json"), "utf8"));
      const script = join(folder, "graph.ngctl");
      writeFileSync(
        script,
        `mkpeer demo0: netflow lower iface0
name demo0:lower netflow
connect demo0: netflow: upper out0
msg netflow: setconfig { iface=0 conf=7 }
msg netflow: settimeouts { inactive=1 active=${ACTIVE_S} }
mkpeer netflow: ksocket export10 inet/dgram/udp
msg netflow:export10 connect inet/127.0.0.1:${portOf(decode.pid)}
mkpeer netflow: ksocket export9 inet/dgram/udp
msg netflow:export9 connect inet/127.0.0.1:${portOf(collect.pid)}
`,
      );
      const graph = new Background(
        [...NGFLOW, "graph", "--demo", "5", "--control", control, "-f", script, ...SAME_USER],
        {
          env: clock.env(),
        },
      );
      running.push(graph);
      await graph.until("the graph", () => graph.stdout.includes("control"));
      const counters = (): Record<string, number> =>
        (JSON.parse(must([process.execPath, `${ROOT}tests/support/node-counters.mjs`, control])) as never)["netflow"];
      for (const hours of CLOCKS) {
        clock.set(hours);
        const before = counters()["recordsExported"]!;
        await sleep(STAY_MS);
        expect(counters()["recordsExported"], `records with a clock of ${hours} h`).toBeGreaterThan(before);
      }
      expect(counters()["clockSteps"]).toBe(CLOCKS.length - 1);
      const ended = await graph.stop();
      expect(ended.status).toBe(0);
      await sleep(1000);
      const { collector } = state();
      expect(collector.counters).toMatchObject({ recordsLost: 0, setsHeldDropped: 0, setsHeldExpired: 0 });
      const flows = decode.stdout
        .split("\n")
        .filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line) as Flow)
        .filter(({ kind }) => kind === "flow");
      expect(flows.length).toBeGreaterThan(50);
      expect(collector.counters["recordsDecoded"]).toBeGreaterThanOrEqual(flows.length);
      for (const { fields } of flows) {
        const [first, last] = ["flowStartMilliseconds", "flowEndMilliseconds"].map((name) =>
          Date.parse(String(fields[name])),
        );
        expect(last! - first!).toBeGreaterThanOrEqual(0);
        expect(last! - first!).toBeLessThanOrEqual(ACTIVE_S * 1000);
      }
    } finally {
      for (const process of running) await process.stop();
    }
  },
);
