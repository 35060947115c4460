import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Background, must, NGFLOW, run } from "../support/command.ts";

const TOKEN = "a-token-of-this-test-0123456789";

let directory: string;
let started: Background[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-who-"));
  started = [];
});
afterEach(async () => {
  for (const process of started) await process.stop("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

async function demo(...words: string[]): Promise<{ daemon: Background; data: string; url: string }> {
  const data = join(directory, "data");
  const control = ["--control", join(directory, "control.sock")];
  const daemon = new Background([...NGFLOW, "demo", "--no-story", "--data", data, ...control, ...words]);
  started.push(daemon);
  await daemon.until("the console", () => daemon.stdout.includes("console  "));
  return { daemon, data, url: /console {2}(http:\S+)/.exec(daemon.stdout)![1]! };
}

async function hop(url: string, name: string): Promise<Record<string, number>> {
  const { hops } = (await (await fetch(`${url}/api/v1/pipeline`)).json()) as {
    hops: { hop: string; counters: Record<string, number> }[];
  };
  return hops.find((each) => each.hop === name)?.counters ?? {};
}

test("the console is not open to other machines by accident", () => {
  const refused = run([...NGFLOW, "serve", "--data", join(directory, "data"), "--http", "0.0.0.0:0"]);
  expect(refused.status).toBe(78);
  expect(refused.stderr.trim().split("\n").at(-1)).toMatch(/^ngflow: --http 0\.0\.0\.0:0: other machines could read/);
});

test("with a token the console answers who has it, and the commands of the daemon's user have it", async () => {
  const file = join(directory, "token");
  writeFileSync(file, `${TOKEN}\n`);
  const { daemon, data, url } = await demo("--http", "0.0.0.0:0", "--http-token-file", file);
  expect(daemon.stdout).toMatch(/listens on 0\.0\.0\.0:\d+ \(every address of this machine\); asks for the token/);
  expect(daemon.stdout).not.toContain(TOKEN);
  expect((await fetch(`${url}/api/v1/pipeline`)).status).toBe(401);
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect((await fetch(`${url}/api/v1/pipeline`, { headers })).status).toBe(200);
  expect(statSync(join(data, "run", "serve-key.json")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(data, "run", "serve.json"), "utf8")).not.toContain("token");
  const words = ["query", "--data", data, "--metric", "flows", "--last", "1h", "--format", "json"];
  expect(JSON.parse(must([...NGFLOW, ...words]))).toHaveProperty("rows");
});

test("what is open to everybody is said aloud", async () => {
  const { daemon } = await demo("--http", "0.0.0.0:0", "--no-login", "--listen", "0.0.0.0:0");
  expect(daemon.stdout).toMatch(/; open to everybody who reaches it \(--no-login\)$/m);
  expect(daemon.stdout).toMatch(
    /^receives udp \d+ on every address \(from every exporter; --allow-exporter limits it\)$/m,
  );
});

test("up and demo receive from this machine only, and of exporters from those that are allowed", async () => {
  const { daemon, url } = await demo("--http", "127.0.0.1:0", "--allow-exporter", "192.0.2.0/24");
  const line = /^receives udp (\d+) from this machine \(--receive opens it\)$/m;
  const port = Number(line.exec(daemon.stdout)?.[1]);
  expect(port).toBeGreaterThan(0);
  // The graph's own records pass whatever the list is.
  await daemon.until("rows", async () => ((await hop(url, "collector"))["recordsDecoded"] ?? 0) > 0);
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.2", resolve));
  for (let i = 0; i < 3; i++) socket.send(Buffer.alloc(24), port, "127.0.0.1");
  await daemon.until("the refusals", async () => (await hop(url, "collector"))["datagramsNotAllowed"] === 3);
  socket.close();
});
