import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp, type IncomingHttpHeaders, type Server as HttpServer } from "node:http";
import { createServer as createTcp, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Ask } from "@ngflow/alerts";
import { parseIp } from "@ngflow/base";
import { FlowBatch } from "@ngflow/flows";
import { createSpool, createStore, spoolDirectory, type Store } from "@ngflow/store";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createLog } from "../daemon/log.ts";
import { metricsConfig } from "../options/metrics-option.ts";
import { OutError } from "./errors.ts";
import { lineSink } from "./line-sink.ts";
import { outFiles, parseOut } from "./out-url.ts";
import { type Cursor, Outlet } from "./outlet.ts";
import { QueryMetrics } from "./query-metrics.ts";
import type { LineSink } from "./sink.ts";

/** Destinations are real: a file, a TCP server, an HTTP server. The flows are in a store. */

const T0 = Date.UTC(2026, 0, 5, 12);
const folder = mkdtempSync(join(tmpdir(), "ngflow-out-"));
const never = new AbortController().signal;

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let http: HttpServer;
let tcp: TcpServer;
let posted: Posted[] = [];
let received = "";
let status = 200;
let answer = "";
const sockets = new Set<Socket>();
const portOf = (server: { address(): AddressInfo | string | null }): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  http = createHttp((request, response) => {
    void text(request).then((body) => {
      if (status === 200) posted.push({ headers: request.headers, body });
      response.writeHead(status).end(answer);
    });
  });
  tcp = createTcp((socket) => {
    sockets.add(socket);
    socket.on("data", (bytes) => (received += bytes.toString()));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
});

beforeEach(() => {
  [posted, received, status, answer] = [[], "", 200, ""];
});

afterAll(() => {
  http.closeAllConnections();
  http.close();
  tcp.close();
  for (const socket of sockets) socket.destroy();
  rmSync(folder, { recursive: true, force: true });
});

describe("a destination", () => {
  test("is read from its URL; what is secret is not in its name", () => {
    expect(parseOut("https://key@h.example:8443/in?key=1#filter=port%2053&batch=50&token-file=/t")).toMatchObject({
      ...{ name: "https://h.example:8443", kind: "http", filter: "port 53", batch: 50, tokenFile: "/t" },
      address: "https://key@h.example:8443/in?key=1",
    });
    const topic = "kafka+tls://a.example,[2001:db8::1]:9093/flows";
    expect(parseOut(`${topic}#sasl=plain&user=me&password-file=/p&ca-file=/ca&batch=9`)).toMatchObject({
      ...{ name: topic, address: topic, kind: "kafka", batch: 9 },
      kafka: {
        brokers: [
          { host: "a.example", port: 9092 },
          { host: "2001:db8::1", port: 9093 },
        ],
        ...{ topic: "flows", tls: { caFile: "/ca" }, sasl: { mechanism: "plain", user: "me", passwordFile: "/p" } },
      },
    });
    expect(outFiles([`${topic}#sasl=plain&user=me&password-file=/p&ca-file=/ca`, "http://h/#token-file=/t"])).toEqual([
      ...["/ca", "/p", "/t"],
    ]);
    expect(parseOut("file:///var/lib/flows%201.ndjson")).toMatchObject({
      kind: "file",
      address: "/var/lib/flows 1.ndjson",
    });
  });

  test.each([
    ["flows.ndjson", "expected file:///PATH"],
    ["ftp://h/", "not one of file:"],
    ["tcp://h", "expected tcp://HOST:PORT"],
    ["file://h/x", "expected file:///PATH"],
    ["tcp://h:1#filtre=x", "did you mean filter?"],
    ["tcp://h:1#filter=prto%20tcp", "prto"],
    ["tcp://h:1#batch=0", "from 1 to 10000"],
    ["tcp://h:1#token-file=/t", "only http, https and otlp"],
    ["otlp+http:", "expected otlp+http://HOST:4318"],
    ["otlp+http://h#sasl=plain", "sasl is for kafka://"],
    ["tcp://h:1#sasl=plain", "sasl is for kafka:// and kafka+tls://"],
    ["kafka://h:9092", "expected kafka://HOST:PORT,HOST:PORT/TOPIC"],
    ["kafka://h:99999/flows", "expected kafka://HOST:PORT,HOST:PORT/TOPIC"],
    ["kafka://h/a%20b", "not the name of a topic"],
    ["kafka://h/flows#user=me", "sasl, user and password-file need each other"],
    ["kafka://h/flows#sasl=gssapi&user=me&password-file=/p", "sasl is one of plain, scram-sha-256"],
    ["kafka://h/flows#ca-file=/ca", "for kafka+tls://"],
    ["kafka+tls://h/flows#cert-file=/c", "cert-file and key-file need each other"],
    ["kafka://h/flows#compression=zstd", "compression is none or gzip"],
  ])("%s: %s", (url, fault) => {
    expect(() => parseOut(url)).toThrow(fault);
  });

  test("that is a file is appended to, also when it was renamed meanwhile", async () => {
    const path = join(folder, "flows.ndjson");
    const sink = lineSink(parseOut(`file://${path}`));
    await sink.send("1\n", never);
    await sink.send("2\n", never);
    renameSync(path, `${path}.1`);
    await sink.send("3\n", never);
    await sink.close();
    expect([readFileSync(`${path}.1`, "utf8"), readFileSync(path, "utf8")]).toEqual(["1\n2\n", "3\n"]);
    const denied = lineSink(parseOut(`file://${folder}`));
    await expect(denied.send("1\n", never)).rejects.toMatchObject({
      code: "out-failed",
      message: "illegal operation on a directory",
    });
  });

  test("that is a TCP server is connected to again when it closed", async () => {
    const sink = lineSink(parseOut(`tcp://127.0.0.1:${portOf(tcp)}`));
    await sink.send("1\n", never);
    await expect.poll(() => received).toBe("1\n");
    for (const socket of sockets) socket.destroy();
    await expect
      .poll(async () => {
        await sink.send("2\n", never).catch(() => undefined);
        return received;
      })
      .toMatch(/^1\n(2\n)+$/);
    await sink.close();
    await expect(lineSink(parseOut("tcp://127.0.0.1:1")).send("1\n", never)).rejects.toThrow("connection refused");
  });

  test("that is an HTTP server gets lines with a token, and a refusal is a failure", async () => {
    const token = join(folder, "token");
    writeFileSync(token, "abc\n");
    const sink = lineSink(parseOut(`http://127.0.0.1:${portOf(http)}/in#token-file=${token}`));
    await sink.send('{"a":1}\n', never);
    expect(posted[0]).toMatchObject({
      headers: { authorization: "Bearer abc", "content-type": "application/x-ndjson" },
      body: '{"a":1}\n',
    });
    status = 503;
    await expect(sink.send("1\n", never)).rejects.toMatchObject({ code: "out-failed", message: "status 503" });
    status = 413;
    await expect(sink.send("1\n", never)).rejects.toMatchObject({ code: "out-refused", message: "status 413" });
  });
});

test("a receiver of OTLP gets log records with the attributes of its netflow receiver", async () => {
  const port = portOf(http);
  expect(parseOut(`otlp+http://127.0.0.1:${port}`)).toMatchObject({
    ...{ kind: "otlp", address: `http://127.0.0.1:${port}/v1/logs`, name: `otlp+http://127.0.0.1:${port}` },
  });
  const sink = lineSink(parseOut(`otlp+http://127.0.0.1:${port}/own/logs?key=1`));
  const flow = {
    ...{ TimeReceived: "2026-01-05T12:00:01.000Z", TimeStart: "2026-01-05T11:59:00.250Z" },
    ...{ TimeEnd: "2026-01-05T12:00:00.000Z", ExporterAddr: "192.0.2.1", Version: 9, IpVersion: 6 },
    ...{ SrcAddr: "2001:db8::1", DstAddr: "2001:db8::2", SrcPort: 0, DstPort: 443, Proto: "udp", TcpFlags: 0 },
    ...{ Bytes: "9007199254740993", Packets: 2, SamplingRate: 1, SrcHostName: "anna", NextHop: "::", Vlan: 0 },
    ...{ InIf: 3, Extra: { userName: "x", "9/57590": 7 } },
  };
  expect(await sink.send(`${JSON.stringify(flow)}\n`, never)).toBeUndefined();
  expect(posted[0]!.headers["content-type"]).toBe("application/json");
  const { resourceLogs } = JSON.parse(posted[0]!.body) as {
    readonly resourceLogs: readonly [
      { readonly scopeLogs: readonly [{ readonly logRecords: readonly Readonly<Record<string, unknown>>[] }] },
    ];
  };
  const { attributes, ...record } = resourceLogs[0].scopeLogs[0].logRecords[0]!;
  expect(record).toEqual({
    ...{ timeUnixNano: "1767614340250000000", observedTimeUnixNano: "1767614401000000000" },
    ...{ severityNumber: 9, severityText: "INFO" },
    body: { stringValue: "udp 2001:db8::1 0 > 2001:db8::2 443: 9007199254740993 bytes, 2 packets" },
  });
  const pairs = attributes as readonly { readonly key: string; readonly value: object }[];
  expect(Object.fromEntries(pairs.map(({ key, value }) => [key, Object.entries(value)[0]]))).toEqual({
    "source.address": ["stringValue", "2001:db8::1"],
    "source.port": ["intValue", "0"],
    "destination.address": ["stringValue", "2001:db8::2"],
    "destination.port": ["intValue", "443"],
    "network.transport": ["stringValue", "udp"],
    "network.type": ["stringValue", "ipv6"],
    "flow.io.bytes": ["intValue", "9007199254740993"],
    "flow.io.packets": ["intValue", "2"],
    "flow.type": ["stringValue", "netflow_v9"],
    "flow.sampling_rate": ["intValue", "1"],
    "flow.sampler_address": ["stringValue", "192.0.2.1"],
    "flow.tcp_flags": ["intValue", "0"],
    "flow.time_received": ["intValue", "1767614401000000000"],
    "flow.start": ["intValue", "1767614340250000000"],
    "flow.end": ["intValue", "1767614400000000000"],
    "ngflow.SrcHostName": ["stringValue", "anna"],
    "ngflow.InIf": ["intValue", "3"],
    "ngflow.Extra.userName": ["stringValue", "x"],
    "ngflow.Extra.9/57590": ["intValue", "7"],
  });
  answer = JSON.stringify({ partialSuccess: { rejectedLogRecords: "1", errorMessage: "too old" } });
  expect(await sink.send(`${JSON.stringify(flow)}\n`, never)).toEqual({ flows: 1, reason: "too old" });
  status = 503;
  await expect(sink.send(`${JSON.stringify(flow)}\n`, never)).rejects.toThrow("status 503");
});

describe("stored flows", () => {
  const data = join(folder, "data");
  let store: Store;
  /** 5,400 flows within a few milliseconds, and 600 in the seconds before. */
  const ROWS = 6000;

  beforeAll(async () => {
    const spool = createSpool({ directory: spoolDirectory(data), flushMs: 20 });
    await spool.start();
    store = createStore({ directory: data, drop: false });
    await store.start();
    const batch = new FlowBatch(ROWS);
    const { columns } = batch;
    for (let r = 0; r < ROWS; r++) {
      const ms = T0 + (r < 600 ? r * 10 : 6000 + Math.floor((r - 600) / 100));
      for (const name of ["TimeStart", "TimeEnd", "TimeReceived"] as const) {
        columns[name][2 * r] = ms % 2 ** 32;
        columns[name][2 * r + 1] = Math.floor(ms / 2 ** 32);
      }
      columns.SrcAddr.set(parseIp(`10.0.${r >> 8}.${r & 255}`)!, 16 * r);
      columns.Bytes[2 * r] = 1000;
      columns.Packets[2 * r] = 1;
      columns.Proto[r] = r % 2 === 0 ? 6 : 17;
      columns.IpVersion[r] = 4;
    }
    batch.rows = ROWS;
    expect(spool.write(batch)).toBe(ROWS);
    await spool.stop();
    await store.drain();
  }, 60_000);
  afterAll(() => store.stop());

  const fresh: Cursor = { load: () => T0, keep() {} };
  function outlet(sink: LineSink, url: string, cursor = fresh, warn = (_reason: string): void => {}): Outlet {
    let clock = T0 + 60_000;
    const deps = { reader: store, sink, cursor, storedMs: async () => T0 + 60_000, warn };
    return new Outlet(parseOut(url), { ...deps, nowMs: () => (clock += 10_000) });
  }

  const sources = (lines: string): string[] =>
    lines
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { readonly SrcAddr: string }).SrcAddr);

  test("are sent in the order of their arrival, each once, in batches", async () => {
    const url = `http://127.0.0.1:${portOf(http)}/in#batch=1000`;
    const out = outlet(lineSink(parseOut(url)), url);
    await out.work(never);
    const addresses = posted.flatMap(({ body }) => sources(body));
    expect(new Set(addresses).size).toBe(ROWS);
    expect([addresses.length, addresses[0], out.counters.flows]).toEqual([ROWS, "10.0.0.0", ROWS]);
    expect(Math.max(...posted.map(({ body }) => sources(body).length))).toBeLessThanOrEqual(1000);
    expect(out.counters).toMatchObject({ failures: 0, cutMilliseconds: 0 });
  });

  test("that a receiver leaves out are counted and not sent again", async () => {
    answer = JSON.stringify({ partialSuccess: { rejectedLogRecords: 2, errorMessage: "too old" } });
    const url = `otlp+http://127.0.0.1:${portOf(http)}#filter=proto%20tcp`;
    const warned: string[] = [];
    const out = outlet(lineSink(parseOut(url)), url, undefined, (reason) => warned.push(reason));
    await out.work(never);
    const { flows, refused, requests, failures } = out.counters;
    expect([flows + refused, refused, failures]).toEqual([ROWS / 2, 2 * requests, 0]);
    expect(warned).toEqual(["2 flows of a request were refused: too old"]);
  });

  test("that a destination refuses for what is in them are found, and left out after some tries", async () => {
    const taken: string[] = [];
    let requests = 0;
    const refuses: LineSink = {
      send: (lines) => {
        requests++;
        if (lines.includes('"10.0.1.44"')) return Promise.reject(new OutError("out-refused", "status 400"));
        return Promise.resolve(void taken.push(...sources(lines)));
      },
      close: () => Promise.resolve(),
    };
    const warned: string[] = [];
    const url = "http://127.0.0.1:1/in#batch=1000&filter=proto%20tcp";
    const out = outlet(refuses, url, undefined, (reason) => warned.push(reason));
    await out.work(never);
    // It waits with the flow alone; what came before it was taken.
    expect([out.counters.failures, out.counters.refused, taken.includes("10.0.1.42")]).toEqual([1, 0, true]);
    for (let tries = 0; tries < 60 && taken.length < ROWS / 2 - 1; tries++) await out.work(never);
    expect([taken.length, new Set(taken).size, taken.includes("10.0.1.44")]).toEqual([
      ROWS / 2 - 1,
      ROWS / 2 - 1,
      false,
    ]);
    expect(out.counters).toMatchObject({ flows: ROWS / 2 - 1, refused: 1, failures: 5 });
    expect(requests).toBeLessThan(60);
    expect(warned).toEqual(["status 400", "1 flow was refused: status 400"]);
  });

  test("are sent later where they were not taken, from where it ended, also by the next process", async () => {
    let kept: number | null = T0;
    const cursor = { load: () => kept, keep: (ms: number) => void (kept = ms) };
    const path = join(folder, "tcp.ndjson");
    const url = `file://${path}#filter=proto%20tcp`;
    const file = lineSink(parseOut(url));
    let left = 3;
    const breaks: LineSink = {
      send: (lines, signal) => (left-- > 0 ? file.send(lines, signal) : Promise.reject(new Error("gone"))),
      close: () => file.close(),
    };
    const first = outlet(breaks, url, cursor);
    await first.work(never);
    expect(first.counters.failures).toBe(1);
    expect(kept).toBeLessThan(T0 + 60_000);
    await outlet(file, url, cursor).work(never);
    await file.close();
    // The first one goes on where it ended, with the requests that were not taken as they were.
    const [failing, again]: [string[], string[]] = [[], []];
    let down = true;
    const counts: LineSink = {
      mostBytes: 20_000,
      send: (lines) => {
        if (failing.length < 3 || !down) return Promise.resolve(void (down ? failing : again).push(lines));
        return Promise.reject(new Error(lines));
      },
      close: () => Promise.resolve(),
    };
    const warned: string[] = [];
    const second = outlet(counts, url, undefined, (reason) => warned.push(reason));
    await second.work(never);
    down = false;
    await second.work(never);
    expect(again[0]).toBe(warned[0]);
    expect(new Set([...failing, ...again].flatMap(sources)).size).toBe(ROWS / 2);
    expect(second.counters).toMatchObject({ flows: ROWS / 2, failures: 1, requests: failing.length + again.length });
    expect(Math.max(...again.map((lines) => lines.length))).toBeLessThanOrEqual(20_000);
    const addresses = sources(readFileSync(path, "utf8"));
    expect(new Set(addresses).size).toBe(ROWS / 2);
    expect(kept).toBe(T0 + 60_000);
  });

  test("are summed for /metrics by chosen queries, of the last window", async () => {
    const ask: Ask = (spec, options) => store.query(spec, options);
    const queries = metricsConfig({
      metrics: [
        { name: "by_protocol", metric: "bytes", by: ["Proto"], window: "1m", help: "Bytes." },
        { name: "dns", metric: "flows", filter: "port 53", window: "1m" },
      ],
    });
    const chosen = new QueryMetrics(queries, ask, createLog("test", { quiet: true }));
    const rows = await chosen.metrics(T0 + 70_000);
    const values = rows.map(({ name, labels, value }) => [name, Object.values(labels ?? {}).join(), value]);
    expect(values).toContainEqual(["ngflow_query_by_protocol", "tcp", 3_000_000]);
    expect(values).toContainEqual(["ngflow_query_by_protocol", "udp", 3_000_000]);
    expect(values).toContainEqual(["ngflow_query_dns", "", 0]);
    expect(values).toContainEqual(["ngflow_query_window_end_seconds", "dns", T0 / 1000 + 60]);
    expect(() => metricsConfig({ metrics: [{ name: "a", metrc: "bps" }] })).toThrow("did you mean metric?");
    expect(() => metricsConfig({ metrics: [{ name: "a", window: "7m" }] })).toThrow("does not divide a day");
  });
});
