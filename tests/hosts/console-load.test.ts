import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Background, NGFLOW, SAME_USER, sleep } from "../support/command.ts";
import { writeLongFlows } from "../support/long-flows.ts";
import { freeTcpPort } from "../support/tcp-port.ts";

/** Flows of the test: each has an address of its own and is as long as the range that is asked for. */
const FLOWS = 2000;
const RANGE_S = 9990;
/** Answers that are asked for at once. */
const AT_ONCE = 12;
/** Longest time that anything else may wait meanwhile, in milliseconds; of half of the requests, a tenth of it. */
const LONGEST_MS = 1000;

let data: string;
let serve: Background;
let url: string;
const sockets: Socket[] = [];

interface Got {
  readonly status: number;
  readonly bytes: number;
  readonly ms: number;
}

/** A GET on a connection of its own. */
function get(path: string): Promise<Got> {
  const fromMs = performance.now();
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { agent: false }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => (bytes += chunk.length));
      answer.on("end", () => resolve({ status: answer.statusCode!, bytes, ms: performance.now() - fromMs }));
      answer.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
}

/** How long other requests took while `work` ran, in milliseconds, shortest first. */
async function meanwhile(work: () => Promise<unknown>): Promise<number[]> {
  let done = false;
  const working = work().finally(() => (done = true));
  working.catch(() => {});
  const waits: number[] = [];
  while (!done) {
    for (const path of ["/metrics", "/api/v1/columns", "/"]) {
      const { status, ms } = await get(path);
      expect([path, status]).toEqual([path, 200]);
      waits.push(ms);
    }
    await sleep(5);
  }
  await working;
  return waits.sort((a, b) => a - b);
}

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "ngflow-load-"));
  await writeLongFlows(data, { rows: FLOWS, lengthMs: RANGE_S * 1000, blocks: 6 });
  url = `http://127.0.0.1:${await freeTcpPort()}`;
  serve = new Background([...NGFLOW, "serve", "--data", data, "--http", new URL(url).host, ...SAME_USER]);
  await serve.until("every row stored", async () => {
    const answer = await fetch(`${url}/api/v1/pipeline`).catch(() => undefined);
    return ((await answer?.json()) as { rowsStored?: number } | undefined)?.rowsStored === 6 * FLOWS;
  });
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await serve?.stop();
  rmSync(data, { recursive: true, force: true });
});

test("an answer that is too large is refused before it is computed, with a step that fits", async () => {
  const path = `/api/v1/query?by=SrcAddr&top=1000&last=${RANGE_S}s&step=20s`;
  const refused = await fetch(url + path);
  const { error } = (await refused.json()) as { error: { code: string; message: string } };
  expect([refused.status, error.code]).toEqual([400, "answer-too-large"]);
  const step = /use a step of (\d+)s/.exec(error.message)![1]!;
  expect((await get(path.replace("20s", `${step}s`))).status).toBe(200);
});

test.each([
  ["the largest series", `/api/v1/query?by=SrcAddr&top=1000&last=${RANGE_S}s&step=auto`, 2e6],
  ["the most records", "/api/v1/flows?last=3h&limit=10000", 5e6],
])(`${AT_ONCE} times %s at once: other requests are answered meanwhile`, async (_, path, bytes) => {
  const waits = await meanwhile(async () => {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => get(path)));
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(answer.bytes).toBeGreaterThan(bytes);
    }
  });
  expect(waits.at(-1)).toBeLessThan(LONGEST_MS);
  expect(waits[waits.length >> 1]).toBeLessThan(LONGEST_MS / 10);
  expect(await metric("ngflow_server_answer_bytes")).toBe(0);
});

test("callers who leave, and callers who do not read, free the store for others", async () => {
  const { hostname, port } = new URL(url);
  const ask = (): Socket => {
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    socket.on("error", () => {});
    socket.pause();
    socket.write("GET /api/v1/flows?last=3h&limit=10000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return socket;
  };
  for (let i = 0; i < 20; i++) ask();
  for (let i = 0; i < 10; i++)
    ask().once("connect", function (this: Socket) {
      this.destroy();
    });
  const waits = await meanwhile(() => get("/api/v1/query?by=Proto&last=3h"));
  expect(waits.at(-1)).toBeLessThan(LONGEST_MS);
  for (const socket of sockets.splice(0)) socket.destroy();
  await expect.poll(() => metric("ngflow_server_answer_bytes"), { timeout: 30_000 }).toBe(0);
  await expect.poll(() => metric("ngflow_server_queries_running"), { timeout: 30_000 }).toBe(0);
});
