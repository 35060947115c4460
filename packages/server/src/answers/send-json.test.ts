import { connect } from "node:net";
import type { AnswerInPieces, FlowsResult, PieceReader, QueryResult, ReadOptions } from "@ngflow/flows";
import { afterEach, expect, test } from "vitest";
import type { ServerConfig } from "../config.ts";
import { createServer, type Server } from "../server.ts";
import { quietDeps } from "../testing/quiet-deps.ts";
import { rawGet } from "../testing/raw-get.ts";

const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

const PIECE_ROWS = 100;
const FRAME = { from: "a", to: "b", step: null, columns: ["i"], rows: [], tier: "flows", elapsedMs: 1 };

/** A reader of answers with so many pieces of rows, which records what was asked of it. */
class Reader implements PieceReader {
  pieces = 0;
  made = 0;
  bytes = 1000;
  readonly signals: (AbortSignal | undefined)[] = [];
  /** Answers wait for this. */
  ready: Promise<void> = Promise.resolve();

  async queryInPieces(_: unknown, { signal }: ReadOptions = {}): Promise<AnswerInPieces<QueryResult>> {
    this.signals.push(signal as AbortSignal | undefined);
    await this.ready;
    return { frame: FRAME, pieces: this.#rows(this.pieces), bytes: this.bytes };
  }

  flowsInPieces(): Promise<AnswerInPieces<FlowsResult>> {
    return Promise.reject(new Error("not asked for"));
  }

  *#rows(pieces: number): Generator<{ i: number; text: string }[]> {
    for (let piece = 0; piece < pieces; piece++) {
      this.made++;
      yield Array.from({ length: PIECE_ROWS }, (_, i) => ({ i: piece * PIECE_ROWS + i, text: "x".repeat(200) }));
    }
  }
}

async function start(reader: Reader, config: Partial<ServerConfig> = {}) {
  const server = createServer({ host: "127.0.0.1", port: 0, staticDir: null, ...config }, { ...quietDeps(), reader });
  running.push(server);
  const { url } = await server.start();
  return {
    url,
    async metric(name: string): Promise<number> {
      const { text } = await rawGet(`${url}/metrics`);
      return Number(new RegExp(`^ngflow_server_${name} (\\d+)$`, "m").exec(text)![1]);
    },
  };
}

/** A client that sends a request and reads nothing. */
function unreading(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.pause();
  socket.write("GET /api/v1/query HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return socket;
}

test("an answer of many pieces arrives whole, and its room is given back", async () => {
  const reader = new Reader();
  const { url, metric } = await start(reader);
  for (const pieces of [0, 1, 2, 300]) {
    reader.pieces = pieces;
    const answer = await rawGet(`${url}/api/v1/query`);
    const { rows, completeness, ...frame } = JSON.parse(answer.text) as QueryResult;
    expect({ ...frame, rows: [] }).toEqual(FRAME);
    expect(completeness).toMatchObject({ lost: [], underWayFrom: null });
    expect(rows.map(({ i }) => i)).toEqual(Array.from({ length: pieces * PIECE_ROWS }, (_, i) => i));
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(await metric("answer_bytes")).toBe(0);
  }
});

test("pieces are made as fast as the client reads them", async () => {
  const reader = new Reader();
  reader.pieces = 5000;
  const { url, metric } = await start(reader);
  const socket = unreading(url);
  let before = -1;
  // It stops while the answer of 100 MB is not made: the socket's buffers are full.
  await expect
    .poll(
      () => {
        const still = reader.made === before && reader.made > 0;
        before = reader.made;
        return still;
      },
      { interval: 200, timeout: 10_000 },
    )
    .toBe(true);
  expect(reader.made).toBeLessThan(2500);
  expect(await metric("answer_bytes")).toBe(1000);
  socket.destroy();
  await expect.poll(() => metric("answer_bytes"), { timeout: 10_000 }).toBe(0);
});

test("between two pieces the server answers others", async () => {
  const reader = new Reader();
  reader.pieces = 500;
  const { url } = await start(reader, { maxRunningQueries: 12 });
  let finished = 0;
  const heavy = Array.from({ length: 12 }, async () => {
    const { text } = await rawGet(`${url}/api/v1/query`);
    finished++;
    return text.length;
  });
  await expect.poll(() => reader.made, { interval: 1 }).toBeGreaterThan(0);
  let answered = 0;
  while (finished === 0 && answered < 20) {
    expect((await rawGet(`${url}/api/v1/columns`)).status).toBe(200);
    answered++;
  }
  // If an answer were made in one turn, the first would be finished before anything else is answered.
  expect(answered).toBe(20);
  expect(new Set(await Promise.all(heavy)).size).toBe(1);
});

test("a caller who leaves while its query runs cancels it", async () => {
  const reader = new Reader();
  reader.ready = new Promise(() => {});
  const { url, metric } = await start(reader);
  const socket = unreading(url);
  await expect.poll(() => reader.signals.length).toBe(1);
  expect(reader.signals[0]!.aborted).toBe(false);
  socket.destroy();
  await expect.poll(() => reader.signals[0]!.aborted).toBe(true);
  await expect.poll(() => metric("queries_left_total")).toBe(1);
});

test("an answer that nobody reads gives way to a query that waits for room", async () => {
  const reader = new Reader();
  reader.pieces = 5000;
  const { url, metric } = await start(reader, { maxAnswerBytes: 1100 });
  const socket = unreading(url);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await expect.poll(() => metric("answer_bytes"), { timeout: 10_000 }).toBe(1000);
  reader.pieces = 1;
  const second = await rawGet(`${url}/api/v1/query`);
  expect(JSON.parse(second.text)).toMatchObject({ tier: "flows" });
  expect(await metric("answers_cut_total")).toBe(1);
  socket.resume();
  await closed;
});

test("a client that takes too long for its answer is cut", async () => {
  const reader = new Reader();
  reader.pieces = 5000;
  const { url, metric } = await start(reader, { queryTimeoutMs: 500, answerTimeoutMs: 500 });
  unreading(url);
  await expect.poll(() => metric("connections_cut_slow_total"), { timeout: 10_000 }).toBe(1);
  await expect.poll(() => metric("answer_bytes"), { timeout: 10_000 }).toBe(0);
});

test("other methods than GET, and bodies, are refused", async () => {
  const { url } = await start(new Reader());
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"]) {
    const refused = await fetch(`${url}/api/v1/events`, { method });
    expect([method, refused.status, refused.headers.get("allow")]).toEqual([method, 405, "GET"]);
  }
  const withBody = await fetch(`${url}/api/v1/query`, { method: "POST", body: "{}" });
  expect([withBody.status, withBody.headers.get("connection")]).toEqual([413, "close"]);
  expect((await rawGet(`${url}/api/v1/query`, { "transfer-encoding": "chunked" })).status).toBe(413);
});

test("requests that were sent at once on a connection end with it, those that wait behind another one, too", async () => {
  const reader = new Reader();
  reader.pieces = 5000;
  const { url, metric } = await start(reader);
  const request = "GET /api/v1/query HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const sent = unreading(url);
  sent.write(request.repeat(4));
  await expect.poll(() => metric("answer_bytes")).toBe(5000);
  sent.destroy();
  await expect.poll(() => metric("answer_bytes")).toBe(0);
  reader.ready = new Promise(() => {});
  const waiting = unreading(url);
  waiting.write(request.repeat(4));
  await expect.poll(() => metric("queries_waiting")).toBe(3);
  waiting.destroy();
  await expect.poll(() => metric("queries_waiting")).toBe(0);
  expect(reader.signals.slice(-2).map((signal) => signal?.aborted)).toEqual([true, true]);
});
