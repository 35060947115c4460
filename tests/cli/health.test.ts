import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Background, NGFLOW, run } from "../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-health-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Health {
  readonly status: number;
  readonly ok: boolean;
  readonly parts: Readonly<Record<string, { readonly ageMs: number | null; readonly ok: boolean }>>;
}

async function ask(url: string): Promise<Health> {
  const response = await fetch(`${url}/healthz`);
  const { ok, parts } = (await response.json()) as {
    readonly ok: boolean;
    readonly parts: readonly { readonly part: string; readonly ageMs: number | null; readonly ok: boolean }[];
  };
  return { status: response.status, ok, parts: Object.fromEntries(parts.map(({ part, ...rest }) => [part, rest])) };
}

async function ready(url: string): Promise<{ status: number; reasons: string[] }> {
  const response = await fetch(`${url}/readyz`);
  const { checks } = (await response.json()) as { checks: { check: string; reason: string | null }[] };
  const reasons = checks.flatMap(({ check, reason }) => (reason === null ? [] : [`${check}: ${reason}`]));
  return { status: response.status, reasons };
}

test("/healthz names the part that stands still, and says when all work again", async () => {
  const data = join(folder, "data");
  const options = ["--data", data];
  const collect = new Background([...NGFLOW, "collect", ...options, "--listen", "127.0.0.1:0"]);
  const control = join(folder, "none.sock");
  const health = (): string => {
    const { status, stdout } = run([...NGFLOW, "health", ...options, "--control", control]);
    return `${status} ${stdout}`;
  };
  expect(health()).toMatch(/^1 (?:collect: |)not ready\n/);
  let serve = collect;
  try {
    await collect.until("the collector", () => collect.stdout.includes("listening"));
    expect(health()).toBe("0 collect: ready (listener, spool)\n");
    serve = new Background([...NGFLOW, "serve", ...options, "--http", "127.0.0.1:0", "--control", control]);
    await serve.until("the server", () => serve.stdout.includes("console"));
    const [url = ""] = /http:\S+/.exec(serve.stdout) ?? [];
    await serve.until("all parts", async () => (await ask(url)).parts["collect"]?.ageMs !== null);
    const { parts, ...all } = await ask(url);
    expect(all).toEqual({ status: 200, ok: true });
    expect(Object.keys(parts)).toEqual(["main", "store", "graph", "collect", "collect.main", "collect.receive"]);
    // Nobody runs a graph here, which is no failure.
    expect(parts["graph"]).toEqual({ ageMs: null, ok: true });
    for (const part of ["main", "store", "collect", "collect.receive"]) {
      expect(parts[part]!.ageMs, part).toBeLessThan(10_000);
    }

    expect(await ready(url)).toEqual({ status: 200, reasons: [] });
    expect(health()).toBe("0 serve: ready (store, listener, spool)\n");

    process.kill(collect.pid, "SIGSTOP");
    await serve.until("503", async () => (await ask(url)).status === 503, 15_000);
    const stopped = await ask(url);
    expect(stopped.parts["collect"]).toMatchObject({ ok: false });
    expect(stopped.parts["collect"]!.ageMs).toBeGreaterThan(3000);
    expect(stopped.parts["main"]).toMatchObject({ ok: true });
    expect(await ready(url)).toEqual({
      status: 503,
      reasons: [expect.stringMatching(/^listener: the collector has not answered for \d+ s$/)],
    });
    expect(health()).toMatch(/^1 serve: not ready\n {2}listener: the collector has not answered for \d+ s\n$/);

    process.kill(collect.pid, "SIGCONT");
    await serve.until("200", async () => (await ask(url)).status === 200, 15_000);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('\nngflow_hop{hop="threads:collect",counter="mainStalls"} 1\n');
    expect(metrics).toContain('\nngflow_hop{hop="threads:serve",counter="storeStalls"} 0\n');
    await expect.poll(() => collect.stderr).toContain("main: runs again after standing still");
    expect(await ready(url)).toEqual({ status: 200, reasons: [] });
    const json = run([...NGFLOW, "health", ...options, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ daemon: "serve", ok: true });
  } finally {
    await serve.stop();
    await collect.stop();
  }
});

test("the collector of an ngflow up whose console is not open yet is not enough", async () => {
  const data = join(folder, "starting");
  const [node, ngflow] = NGFLOW;
  // As `up` starts it: with a channel.
  const collect = fork(ngflow, ["collect", "--data", data, "--listen", "127.0.0.1:0"], {
    execPath: node,
    silent: true,
  });
  try {
    await once(collect, "message");
    const { status, stdout } = run([...NGFLOW, "health", "--data", data, "--control", join(folder, "none.sock")]);
    expect([status, stdout]).toEqual([1, "serve: not ready\n  console: it is not open: ngflow up starts, or ends\n"]);
  } finally {
    const ended = once(collect, "exit");
    collect.disconnect();
    collect.kill();
    await ended;
  }
});
