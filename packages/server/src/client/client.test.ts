import { expect, test } from "vitest";
import { createServer } from "../server.ts";
import { arrayReader } from "../testing/array-reader.ts";
import { quietDeps } from "../testing/quiet-deps.ts";
import { createClient, queryString } from "./client.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");

const PIPELINE = {
  packetsSeen: 8,
  packetsDropped: 0,
  packetsAccounted: 8,
  recordsExported: 3,
  datagramsReceived: 1,
  recordsLost: 0,
  recordsDecoded: 3,
  rowsStored: 3,
  hops: [],
};

/** A client whose network is the server itself. */
function connected() {
  const flow = { timeMs: NOW - 1000, Proto: "tcp", SrcAddr: "10.0.0.1", DstAddr: "10.0.0.2", DstPort: 443 };
  const quiet = quietDeps();
  const server = createServer(
    { host: "127.0.0.1", port: 0, staticDir: null },
    {
      ...quiet,
      reader: arrayReader([{ ...flow, bytes: 900, packets: 3 }]),
      sources: { ...quiet.sources, "/pipeline": () => PIPELINE },
      nowMs: () => NOW,
    },
  );
  return createClient("http://localhost", async (url) => {
    const response = await server.fetch(new Request(url, { headers: { host: "localhost" } }));
    return { status: response.status, body: await response.text() };
  });
}

test("parameters that are not set are not sent, lists are joined, text is escaped", () => {
  expect(queryString({})).toBe("");
  expect(queryString({ by: ["A", "B"], top: 5, filter: "a = 1 & b", last: undefined, step: "" })).toBe(
    "?by=A%2CB&top=5&filter=a%20%3D%201%20%26%20b",
  );
});

test("every call answers what the server answers", async () => {
  const client = connected();
  const { rows, step } = await client.get("/query", {
    by: ["Proto", "DstPort"],
    metric: "packets",
    from: NOW - 60_000,
    to: NOW,
    step: 30,
  });
  expect([rows[0], step]).toEqual([{ Proto: "tcp", DstPort: 443, packets: 3, time: "2026-01-02T03:04:00.000Z" }, 30]);
  expect((await client.get("/flows", { last: "1m", limit: 5 })).rows).toHaveLength(1);
  expect(await client.get("/pipeline")).toMatchObject({ ...PIPELINE, hops: [...PIPELINE.hops, { hop: "server" }] });
  expect(await client.find("/graph")).toBeNull();
  expect(await client.find("/graph/history")).toBeNull();
  expect((await client.get("/columns")).columns.length).toBeGreaterThan(30);
  expect(await client.get("/exporters")).toEqual({ exporters: [] });
  expect(await client.get("/info")).toEqual({});
});

test("errors carry code, status and position", async () => {
  const client = connected();
  await expect(client.get("/query", { filter: "Proto ? tcp" })).rejects.toMatchObject({
    name: "ClientError",
    code: "bad-filter",
    status: 400,
    position: 6,
  });
});

test("a server that is not there, and one that is something else", async () => {
  const absent = createClient("", () => Promise.reject(new TypeError("fetch failed")));
  await expect(absent.get("/pipeline")).rejects.toMatchObject({ code: "unreachable", status: 0 });
  const other = createClient("", async () => ({ status: 502, body: "<h1>Bad gateway</h1>" }));
  await expect(other.get("/pipeline")).rejects.toMatchObject({ code: "bad-answer", status: 502 });
});

test("an aborted request stays aborted", async () => {
  const aborted = Object.assign(new Error("aborted"), { name: "AbortError" });
  const client = createClient("", () => Promise.reject(aborted));
  await expect(client.get("/pipeline")).rejects.toBe(aborted);
});
