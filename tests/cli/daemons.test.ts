import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Background, must, NGCTL, NGFLOW, run, SAME_USER, sleep } from "../support/command.ts";
import { freeUdpPort } from "../support/udp-port.ts";

let directory: string;
let started: Background[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-daemons-"));
  started = [];
});

afterEach(async () => {
  for (const process of started) await process.stop("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

function start(...words: string[]): Background {
  return startWith({}, ...words);
}

function startWith(env: NodeJS.ProcessEnv, ...words: string[]): Background {
  const process = new Background([...NGFLOW, ...words], { env });
  started.push(process);
  return process;
}

function address(output: string): string {
  const url = /console {2}(http:\S+)/.exec(output)?.[1];
  if (url === undefined) throw new Error(`no address of the console in: ${output}`);
  return url;
}

async function pipeline(url: string): Promise<Record<string, number>> {
  return (await (await fetch(`${url}/api/v1/pipeline`)).json()) as Record<string, number>;
}

/** Flow records and their packets in a data directory that no process has open. */
function stored(data: string): { flows: number; packets: number } {
  const total = (metric: string): number => {
    const words = ["query", "--data", data, "--metric", metric, "--last", "1h", "--format", "json"];
    const { rows } = JSON.parse(must([...NGFLOW, ...words])) as { rows: Record<string, number>[] };
    return Number(rows[0]?.[metric] ?? 0);
  };
  return { flows: total("flows"), packets: total("packets") };
}

describe("ngflow serve", () => {
  it("has less than 300 MiB of memory at rest", async () => {
    const serve = start("serve", "--data", directory, "--http", "127.0.0.1:0", ...SAME_USER);
    await serve.until("the console", () => serve.stdout.includes("console  "));
    const mib = (): number => {
      const status = readFileSync(`/proc/${serve.pid}/status`, "latin1");
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024;
    };
    // Code that was given back is in memory again when it runs.
    await sleep(3000);
    expect(mib()).toBeLessThan(300);
  });
});

describe("ngflow demo", () => {
  it("shows generated traffic, and Ctrl-C stores everything that was counted", async () => {
    const data = join(directory, "data");
    const control = join(directory, "control.sock");
    const demo = start(
      "demo",
      "--no-story",
      "--verbose",
      "--data",
      data,
      "--http",
      "127.0.0.1:0",
      "--control",
      control,
    );
    await demo.until("the console", () => demo.stdout.includes("console  "));
    const url = address(demo.stdout);
    expect(demo.stdout.trimEnd().split("\n").at(-1)).toBe(`console  ${url}`);
    await demo.until("rows", async () => ((await pipeline(url))["rowsStored"] ?? 0) > 50);
    expect(demo.stdout).toContain("+ mkpeer demo0: netflow lower iface0");
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const hops = new Set([...metrics.matchAll(/ngflow_hop\{hop="([^":]+)/g)].map(([, hop]) => hop));
    const every = [
      "ring",
      "netflow",
      "ksocket",
      "graph",
      "control",
      "collector",
      "spool",
      "store",
      "server",
      "threads",
    ];
    expect([...hops].sort()).toEqual(every.sort());
    expect(metrics).toContain('ngflow_hop{hop="graph",counter="loopDrops"} 0');

    const ended = await demo.stop("SIGINT");
    expect(ended).toMatchObject({ status: 0, signal: null });
    const [, packets, records] = /stopped: ([\d,]+) packets seen, ([\d,]+) records exported/.exec(ended.stdout) ?? [];
    const number = (text: string | undefined): number => Number(text?.replaceAll(",", ""));
    expect(stored(data)).toEqual({ flows: number(records), packets: number(packets) });
  });

  it("ends quietly at Ctrl-C while its daemons start", async () => {
    const control = join(directory, "c.sock");
    const demo = start("demo", "--data", join(directory, "data"), "--http", "127.0.0.1:0", "--control", control);
    const children = (): string[] =>
      readFileSync(`/proc/${demo.pid}/task/${demo.pid}/children`, "latin1").split(" ").filter(Boolean);
    // The second daemon has just been started, and has no handler for the signal yet.
    await demo.until("both daemons", () => children().length > 1);
    const ended = await demo.stop("SIGINT");
    expect(ended.stderr).toBe("");
    expect(ended).toMatchObject({ status: 0, stdout: "stopped\n" });
  });

  it("answers ngctl, and its graph ends when it is killed", async () => {
    const control = join(directory, "control.sock");
    const demo = start("demo", "--data", join(directory, "data"), "--http", "127.0.0.1:0", "--control", control);
    await demo.until("the console", () => demo.stdout.includes("console  "));
    expect(must([...NGCTL, "--control", control, "show", "netflow:"])).toMatch(/^ {2}Name: netflow .*Num hooks: 3\n/);
    process.kill(demo.pid, "SIGKILL");
    await demo.ended(5000);
    await sleep(1000);
    expect(run([...NGCTL, "--control", control, "list"]).status).toBe(71);
  });

  it("refuses a port in use with one line and leaves no process running", async () => {
    const first = start(
      "demo",
      "--data",
      join(directory, "a"),
      "--http",
      "127.0.0.1:0",
      "--control",
      join(directory, "a.sock"),
    );
    await first.until("the console", () => first.stdout.includes("console  "));
    const http = address(first.stdout).replace("http://", "");
    const second = run([...NGFLOW, "demo", "--quiet", "--data", join(directory, "b"), "--http", http]);
    expect(second.status).toBe(71);
    expect(second.stderr.split("\n").filter((line) => line.startsWith("ngflow: "))).toEqual([
      `ngflow: --http ${http}: the port is in use by another process; stop it or choose another with --http`,
    ]);
  });
});

describe("graph, collect and serve as separate processes", () => {
  it("make the same pipeline", async () => {
    const [data, control, script] = ["data", "control.sock", "graph.ngctl"].map((name) => join(directory, name));
    const listen = `127.0.0.1:${await freeUdpPort()}`;
    writeFileSync(
      script!,
      `mkpeer demo0: netflow lower iface0
name demo0:lower netflow
connect demo0: netflow: upper out0
msg netflow: setconfig { iface=0 conf=7 }
msg netflow: settimeouts { inactive=1 active=1 }
mkpeer netflow: ksocket export9 inet/dgram/udp
msg netflow:export9 connect inet/${listen}
`,
    );
    const collect = start("collect", "--data", data!, "--listen", listen);
    await collect.until("the listener", () => collect.stdout.includes("listening  "));
    // Both find the graph at the usual control socket. It is that of the first: it exports to its collector.
    const usual = { NGFLOW_CONTROL: control! };
    const serve = startWith(usual, "serve", "--data", data!, "--http", "127.0.0.1:0");
    const other = startWith(usual, "serve", "--data", join(directory, "other"), "--http", "127.0.0.1:0");
    await other.until("the other console", () => other.stdout.includes("console  "));
    await serve.until("the console", () => serve.stdout.includes("console  "));
    const graph = start("graph", "--demo", "7", "--control", control!, "--file", script!);
    await graph.until("the graph", () => graph.stdout.includes("control  "));

    const url = address(serve.stdout);
    await serve.until("rows", async () => ((await pipeline(url))["rowsStored"] ?? 0) > 50);
    const chain = await pipeline(url);
    expect(chain["packetsSeen"]).toBeGreaterThan(100);
    expect(chain["datagramsReceived"]).toBeGreaterThan(0);
    expect(chain["recordsLost"]).toBe(0);
    const graphOf = async (at: string): Promise<number> => (await fetch(`${at}/api/v1/graph`)).status;
    expect(await graphOf(url)).toBe(200);
    const otherUrl = address(other.stdout);
    await other.until("no graph of another", async () => (await graphOf(otherUrl)) === 404);
    expect((await pipeline(otherUrl))["packetsSeen"]).toBeNull();

    must([...NGCTL, "--control", control!, "shutdown", "netflow:"]);
    await sleep(2500);
    const last = await pipeline(url);
    expect(last["recordsDecoded"]).toBe(last["recordsExported"]);
    expect(last["recordsExported"]).toBeGreaterThan(chain["recordsExported"]!);
    expect((await graph.stop()).status).toBe(0);
    expect((await collect.stop()).status).toBe(0);
    expect((await serve.stop()).status).toBe(0);
    expect((await other.stop()).status).toBe(0);
    expect(stored(data!).flows).toBe(last["recordsDecoded"]);
  });
});
