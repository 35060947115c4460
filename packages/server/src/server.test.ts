import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { ExporterStatus, FilterCompletions, FlowReader, Pipeline } from "@ngflow/flows";
import type { GraphHistory, GraphSnapshot } from "@ngflow/graph";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { ServerConfig } from "./config.ts";
import type { ServerDeps } from "./deps.ts";
import { ROUTES, type Sources } from "./routes/index.ts";
import { createServer, type Server } from "./server.ts";
import { type ArrayFlow, arrayReader } from "./testing/array-reader.ts";
import { inPieces } from "./testing/in-pieces.ts";
import { quietDeps } from "./testing/quiet-deps.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");

const FLOWS: ArrayFlow[] = [
  {
    timeMs: NOW - 60_000,
    Proto: "tcp",
    SrcAddr: "10.0.0.1",
    DstAddr: "10.0.0.2",
    DstPort: 443,
    bytes: 900,
    packets: 3,
  },
  { timeMs: NOW - 30_000, Proto: "udp", SrcAddr: "10.0.0.1", DstAddr: "10.0.0.3", DstPort: 53, bytes: 100, packets: 1 },
  { timeMs: NOW - 20_000, Proto: "tcp", SrcAddr: "10.0.0.9", DstAddr: "10.0.0.2", DstPort: 22, bytes: 400, packets: 4 },
];

const PIPELINE: Pipeline = {
  packetsSeen: 8,
  packetsDropped: 0,
  packetsAccounted: 8,
  recordsExported: 3,
  datagramsReceived: 1,
  recordsLost: 0,
  recordsDecoded: 3,
  rowsStored: 3,
  hops: [{ hop: 'ring:"em0"', counters: { packets: 8, drops: 0 }, lastSeenMs: NOW }],
};

/** The server's own hop, in which nothing has happened yet. */
const SERVER_HOP = { hop: "server", counters: expect.objectContaining({ queriesRefused: 0 }), lastSeenMs: null };

const GRAPH: GraphSnapshot = {
  revision: 4,
  timeMs: NOW,
  counters: { loopDrops: 0, queueOverflows: 0, deliveriesToDeadNode: 0, nodesRefused: 0 },
  ended: { netflow: { packetsAccounted: 3 } },
  endedRoles: { netflow: "meter" },
  nodes: [{ id: 1, name: "em0", type: "ether", role: "interface", hooks: [], counters: {} }],
};

const EXPORTER: ExporterStatus = {
  address: "127.0.0.1",
  port: 40_000,
  transport: "udp",
  protocol: "v9",
  version: 9,
  domain: 0,
  firstSeen: "2026-01-02T03:00:00.000Z",
  lastSeen: "2026-01-02T03:04:05.000Z",
  datagrams: 10,
  records: 100,
  malformed: 0,
  recordsLimited: 0,
  setsDropped: 0,
  recordsLost: 0,
  sequenceGaps: 0,
  sequenceResets: 0,
  datagramsReordered: 0,
  sequenceModel: "datagrams",
  samplingRate: 1,
  samplingSource: "none",
  samplers: {},
  clockSkewMs: 0,
  clock: "right",
  warnings: [],
  templates: [
    { id: 256, kind: "flow", refreshed: "2026-01-02T03:04:00.000Z", fields: ["octetDeltaCount", "protocolIdentifier"] },
  ],
  missingTemplates: [],
};

const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

function make(
  config: Partial<ServerConfig> = {},
  deps: Partial<Omit<ServerDeps, "sources">> = {},
  sources: Partial<Sources> = {},
): Server {
  const quiet = quietDeps();
  const server = createServer(
    { host: "127.0.0.1", port: 0, staticDir: null, ...config },
    {
      ...quiet,
      reader: arrayReader(FLOWS),
      sources: { ...quiet.sources, "/pipeline": () => PIPELINE, "/graph": () => GRAPH, ...sources },
      nowMs: () => NOW,
      ...deps,
    },
  );
  running.push(server);
  return server;
}

async function get(server: Server, path: string, headers: Record<string, string> = {}) {
  const response = await server.fetch(
    new Request(`http://localhost${path}`, { headers: { host: "localhost", ...headers } }),
  );
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

describe("query", () => {
  test("groups, sums and orders", async () => {
    const { status, json } = await get(make(), "/api/v1/query?by=srcaddr,Proto&metric=packets&last=5m");
    expect(status).toBe(200);
    expect(json.rows).toEqual([
      { SrcAddr: "10.0.0.9", Proto: "tcp", packets: 4 },
      { SrcAddr: "10.0.0.1", Proto: "tcp", packets: 3 },
      { SrcAddr: "10.0.0.1", Proto: "udp", packets: 1 },
    ]);
  });

  test("hands the reader the range, the step and the filter", async () => {
    const reader = arrayReader(FLOWS);
    await get(make({}, { reader }), "/api/v1/query?from=-1h&to=-1m&step=30s&top=3&filter=Proto%20%3D%20tcp");
    expect(reader.specs).toEqual([
      {
        by: [],
        metric: "bytes",
        fromMs: NOW - 3_600_000,
        toMs: NOW - 60_000,
        stepMs: 30_000,
        top: 3,
        filter: "Proto = tcp",
      },
    ]);
  });

  test.each([
    ["by=Nothing", "bad-request", "by=Nothing"],
    ["by=Proto,proto", "bad-request", "twice"],
    ["metric=joules", "bad-request", "metric"],
    ["top=0", "bad-request", "top"],
    ["top=1&top=2", "bad-request", "top: given more than once; give it once"],
    [
      `by=${"SrcAddr,".repeat(2000)}`,
      "bad-request",
      "by=SrcAddr,SrcAddr,SrcAddr,SrcAddr,SrcAddr,SrcAddr,SrcAddr,SrcA…: ",
    ],
    ["top=5000", "bad-request", "top"],
    ["from=yesterday", "bad-time", "from=yesterday"],
    ["from=-1m&to=-5m", "bad-time", "empty"],
    ["last=5m&from=-1m", "bad-time", "last"],
    ["step=0.5", "bad-time", "step=0.5"],
    ["last=30d&step=1", "answer-too-large", "2592000 bins"],
    ["last=9990s&step=20s&by=SrcAddr&top=1000", "answer-too-large", "use a step of"],
  ])("refuses %s", async (query, code, word) => {
    const { status, json } = await get(make(), `/api/v1/query?${query}`);
    expect(status).toBe(400);
    expect(json.error.code).toBe(code);
    expect(json.error.message).toContain(word);
  });

  test("a bad filter is the caller's fault, with its position", async () => {
    const { status, json } = await get(make(), "/api/v1/query?filter=Proto%20%3F%20tcp");
    expect(status).toBe(400);
    expect(json.error).toEqual({ code: "bad-filter", message: expect.stringContaining("Proto ? tcp"), position: 6 });
  });

  test("a failing store is 502, not a stack trace", async () => {
    const reader: FlowReader = {
      query: () => Promise.reject(new Error("disk gone")),
      flows: () => Promise.reject(new Error()),
    };
    const { status, json } = await get(make({}, { reader: inPieces(reader) }), "/api/v1/query");
    expect(status).toBe(502);
    expect(json.error).toEqual({ code: "store-failed", message: "disk gone" });
  });

  test("times out, and refuses when the line is full", async () => {
    const reader: FlowReader = { query: () => new Promise(() => {}), flows: () => new Promise(() => {}) };
    const config = { queryTimeoutMs: 60, maxRunningQueries: 1, maxWaitingQueries: 1 };
    const server = make(config, { reader: inPieces(reader) });
    const first = get(server, "/api/v1/query");
    const second = get(server, "/api/v1/query");
    const third = await get(server, "/api/v1/flows");
    expect(third.status).toBe(429);
    expect(third.headers.get("retry-after")).toBe("1");
    expect([(await first).status, (await first).json.error.code]).toEqual([422, "query-timeout"]);
    expect([(await second).status, (await second).json.error.code]).toEqual([429, "too-many-queries"]);
  });
});

test("the progress of an answer, by the id of its request", async () => {
  const id = "an-id-of-8-or-more";
  let go = (): void => {};
  const reader: FlowReader = {
    async query(spec, options) {
      options?.progress?.({ rows: 5, bytes: 40, rowsTotal: 10, elapsedMs: 300 });
      await new Promise<void>((resolve) => (go = resolve));
      return arrayReader(FLOWS)
        .queryInPieces(spec)
        .then(({ frame }) => frame);
    },
    flows: () => Promise.reject(new Error()),
  };
  const server = make({ maxRunningQueries: 1 }, { reader: inPieces(reader) });
  const progress = async (of: string): Promise<unknown> => (await get(server, `/api/v1/progress?id=${of}`)).json;
  const none = { state: "none", rows: 0, bytes: 0, rowsTotal: null, elapsedMs: 0 };
  expect(await progress(id)).toEqual(none);
  const first = get(server, `/api/v1/query?id=${id}`);
  const second = get(server, `/api/v1/query?id=${id}-2`);
  await expect
    .poll(() => progress(id))
    .toEqual({ state: "running", rows: 5, bytes: 40, rowsTotal: 10, elapsedMs: 300 });
  expect(await progress(`${id}-2`)).toEqual({ ...none, state: "waiting" });
  expect((await get(server, `/api/v1/query?id=${id}`)).json.error.message).toContain("another request has this id");
  go();
  expect((await first).status).toBe(200);
  await expect.poll(() => progress(`${id}-2`)).toMatchObject({ state: "running" });
  go();
  expect((await second).status).toBe(200);
  expect([await progress(id), await progress(`${id}-2`)]).toEqual([none, none]);
  expect((await get(server, "/api/v1/progress?id=short")).status).toBe(400);
});

test("the cost of a query, where the store knows it", async () => {
  const words = "by=Proto&metric=bytes&last=5m";
  expect((await get(make(), `/api/v1/cost?${words}`)).status).toBe(404);
  const cost = { from: "", to: "", tier: "1m", tiers: [], parts: 0, rows: 0, bytes: 0, aboutMs: 20, why: null };
  const server = make({}, { reader: { ...arrayReader([]), cost: () => Promise.resolve(cost) } });
  expect(await get(server, `/api/v1/cost?${words}`)).toMatchObject({ status: 200, json: cost });
  expect((await get(server, "/api/v1/cost?by=Nothing")).status).toBe(400);
});

test("costs wait for their turn among queries", async () => {
  const read = { tiers: [], parts: 0, rows: 7, bytes: 0, aboutMs: 20 };
  const flows = { ...read, from: "", to: "", endsEarly: true };
  for (const path of ["/cost/flows", "/cost/sql?sql=SELECT+1"])
    expect((await get(make(), `/api/v1${path}`)).status).toBe(404);
  let end = (): void => {};
  const sqlCost = (): Promise<typeof read> => new Promise((resolve) => (end = () => resolve(read)));
  const reader = { ...arrayReader([]), flowsCost: () => Promise.resolve(flows), sqlCost };
  const server = make({ maxRunningQueries: 1, maxWaitingQueries: 0 }, { reader });
  expect(await get(server, "/api/v1/cost/flows?last=5m")).toMatchObject({ status: 200, json: flows });
  expect((await get(server, "/api/v1/cost/flows?limit=x")).status).toBe(400);
  const first = get(server, "/api/v1/cost/sql?sql=SELECT+1");
  await expect.poll(async () => (await get(server, "/api/v1/cost/flows?last=5m")).status).toBe(429);
  await expect.poll(async () => (await get(server, "/api/v1/cost/sql?sql=SELECT+1")).status).toBe(429);
  end();
  expect(await first).toMatchObject({ status: 200, json: read });
});

test("flows, newest first, at most `limit`", async () => {
  const { json } = await get(make(), "/api/v1/flows?last=5m&limit=2");
  expect(json.rows).toHaveLength(2);
  expect((await get(make(), "/api/v1/flows?limit=10001")).status).toBe(400);
});

test("pipeline, graph, columns, exporters, info", async () => {
  const server = make({}, {}, { "/exporters": () => ({ exporters: [EXPORTER] }), "/info": () => ({ mode: "demo" }) });
  expect((await get(server, "/api/v1/pipeline")).json).toEqual({ ...PIPELINE, hops: [...PIPELINE.hops, SERVER_HOP] });
  expect((await get(server, "/api/v1/graph")).json).toEqual(GRAPH);
  expect((await get(server, "/api/v1/columns")).json.columns).toContainEqual({
    name: "SrcAddr",
    label: "Source address",
    role: "dimension",
    kind: "ip",
  });
  expect((await get(server, "/api/v1/exporters")).json).toEqual({ exporters: [EXPORTER] });
  expect((await get(server, "/api/v1/info")).json).toEqual({ mode: "demo" });
  expect((await get(make({}, {}, { "/graph": () => null }), "/api/v1/graph")).status).toBe(404);
});

test("the history of the graph, where there is one", async () => {
  const ends = [
    { id: 1, node: "em0", hook: "lower" },
    { id: 2, node: null, hook: "a" },
  ] as const;
  const history: GraphHistory = {
    base: [{ id: 1, name: "em0", type: "ether", role: "interface", hooks: [] }],
    steps: [
      {
        sequence: 8,
        timeMs: NOW,
        sender: "ngctl7",
        words: ["mkpeer", "em0:", "hub", "lower", "a"],
        errno: 0,
        changes: [
          { kind: "made", id: 2, type: "hub", role: "plain", name: null },
          { kind: "joined", ends },
        ],
      },
    ],
    dropped: 7,
  };
  const { json } = await get(make({}, {}, { "/graph/history": () => history }), "/api/v1/graph/history");
  expect(json).toEqual(history);
  expect((await get(make(), "/api/v1/graph/history")).status).toBe(404);
});

test("metrics are Prometheus text with escaped labels", async () => {
  const { text, headers } = await get(make(), "/metrics");
  expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(text).toContain("\nngflow_packets_seen_total 8\n");
  expect(text).toContain('ngflow_hop{hop="ring:\\"em0\\"",counter="packets"} 8\n');
  for (const line of text.trimEnd().split("\n")) {
    expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="([^"\\\n]|\\.)*",?)*\})? -?[0-9.e+]+)$/);
  }
});

test("the OpenAPI document names every route", async () => {
  const { json } = await get(make(), "/api/v1/openapi.json");
  const routes = Object.keys(ROUTES).map((path) => `/api/v1${path}`);
  expect(routes.length).toBeGreaterThanOrEqual(8);
  expect(Object.keys(json.paths).sort()).toEqual(
    [
      ...routes,
      ...[
        "/api/v1/alerts/rules/{name}",
        "/api/v1/alerts/rules/{name}/fire",
        "/api/v1/alerts/silences",
        "/api/v1/alerts/silences/{id}",
        "/api/v1/events",
        "/api/v1/explain",
        "/api/v1/saved",
        "/api/v1/saved/{name}",
        "/api/v1/self-test",
        "/metrics",
      ],
    ].sort(),
  );
});

test("security headers are on answers and on refusals", async () => {
  for (const path of ["/api/v1/columns", "/api/v1/query?top=0", "/nothing"]) {
    const { headers } = await get(make(), path);
    expect(headers.get("content-security-policy"), path).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
  }
});

describe("console", () => {
  const root = mkdtempSync(join(tmpdir(), "ngflow-console-"));
  mkdirSync(join(root, "assets"));
  writeFileSync(join(root, "index.html"), '<!doctype html><title>t</title><script src="./assets/a-1.js"></script>');
  writeFileSync(join(root, "assets", "a-1.js"), "1");
  const secret = `${root}-secret`;
  writeFileSync(secret, "treasure");
  afterAll(() => {
    for (const path of [root, secret]) rmSync(path, { recursive: true });
  });

  test("assets are cached forever, the page is not, other paths are the page", async () => {
    const server = make({ staticDir: root });
    expect((await get(server, "/assets/a-1.js")).headers.get("cache-control")).toContain("immutable");
    for (const path of ["/", "/index.html", "/flows"]) {
      const page = await get(server, path);
      expect(page.text, path).toContain("<title>t</title>");
      expect(page.headers.get("cache-control"), path).toBe("no-cache");
    }
    expect((await get(server, "/assets/gone.js")).status).toBe(404);
    expect((await get(server, "/api/v1/nothing")).json.error.code).toBe("not-found");
  });

  test("behind a proxy the page names the path it is served at, whether the proxy takes that away or not", async () => {
    const server = make({ staticDir: root, basePath: "/flows/ngflow" });
    for (const path of ["/flows/ngflow", "/flows/ngflow/", "/flows/ngflow/graph", "/", "/graph"]) {
      expect((await get(server, path)).text, path).toContain('src="/flows/ngflow/assets/a-1.js"');
    }
    for (const path of ["/flows/ngflow/assets/a-1.js", "/assets/a-1.js"])
      expect((await get(server, path)).headers.get("cache-control"), path).toContain("immutable");
    expect((await get(server, "/flows/ngflow/api/v1/columns")).status).toBe(200);
    expect((await get(server, "/flows/ngflow/api/v1/openapi.json")).json.servers).toEqual([{ url: "/flows/ngflow" }]);
    // Another path that only begins alike is a page of the console.
    expect((await get(server, "/flows/ngflowx/api/v1/columns")).text).toContain("<title>t</title>");
  });

  test("nothing outside the folder", async () => {
    const server = make({ staticDir: root });
    const { url } = await server.start();
    const port = Number(new URL(url).port);
    const name = basename(secret);
    for (const path of [`/../${name}`, `/%2e%2e/${name}`, `/assets/..%2f..%2f${name}`, `/..\\${name}`]) {
      const body = await new Promise<string>((resolve, reject) => {
        request({ host: "127.0.0.1", port, path }, (res) => {
          let text = "";
          res.on("data", (chunk) => (text += chunk)).on("end", () => resolve(text));
        })
          .on("error", reject)
          .end();
      });
      expect(body, path).not.toContain("treasure");
    }
  });
});

describe("listening", () => {
  test("a port in use is one clear error", async () => {
    const { url } = await make().start();
    const port = Number(new URL(url).port);
    await expect(make({ port }).start()).rejects.toMatchObject({
      name: "ServerError",
      code: "http-address-in-use",
      exit: 71,
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  test("start and stop twice", async () => {
    const server = make();
    const { url } = await server.start();
    expect((await server.start()).url).toBe(url);
    expect((await fetch(`${url}/api/v1/columns`)).status).toBe(200);
    await server.stop();
    await server.stop();
    await expect(fetch(`${url}/api/v1/columns`)).rejects.toThrow();
  });
});

describe("event stream", () => {
  async function readEvents(url: string, until: (text: string) => boolean): Promise<string> {
    const response = await fetch(`${url}/api/v1/events`);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const reader = response.body!.getReader();
    let text = "";
    while (!until(text)) text += new TextDecoder().decode((await reader.read()).value);
    await reader.cancel();
    return text;
  }

  test("sends pipeline, graph and heartbeat, one sample for all clients", async () => {
    let samples = 0;
    const pipeline = () => ({ ...PIPELINE, rowsStored: ++samples });
    const { url } = await make({ sampleIntervalMs: 30 }, {}, { "/pipeline": pipeline }).start();
    const three = (text: string) => text.split("event: pipeline").length > 3;
    const [a, b] = await Promise.all([readEvents(url, three), readEvents(url, three)]);
    expect(a).toContain("event: graph\n");
    expect(a).toContain("event: heartbeat\n");
    const rows = (text: string) => [...text.matchAll(/"rowsStored":(\d+)/g)].map((m) => Number(m[1]));
    for (const text of [a!, b!]) {
      const seen = rows(text);
      expect(seen).toEqual([...seen].sort((x, y) => x - y));
    }
    // One sampler: two clients with three samples each must not have cost six.
    expect(samples).toBeLessThan(6);
  });

  test("no client, no sample", async () => {
    let samples = 0;
    const pipeline = () => ({ ...PIPELINE, rowsStored: ++samples });
    const { url } = await make({ sampleIntervalMs: 10 }, {}, { "/pipeline": pipeline }).start();
    await readEvents(url, (text) => text.includes("event: pipeline"));
    await expect
      .poll(
        async () => {
          const before = samples;
          await new Promise((resolve) => setTimeout(resolve, 50));
          return samples - before;
        },
        { timeout: 10_000 },
      )
      .toBe(0);
  });

  test("refuses the client above the bound", async () => {
    const { url } = await make({ maxEventClients: 1 }).start();
    const first = await fetch(`${url}/api/v1/events`);
    const second = await fetch(`${url}/api/v1/events`);
    expect(second.status).toBe(503);
    expect(((await second.json()) as { error: { code: string } }).error.code).toBe("too-many-event-clients");
    await first.body!.cancel();
  });

  test("drops a client that does not read", async () => {
    const big: Pipeline = { ...PIPELINE, hops: [{ hop: "x".repeat(200_000), counters: {}, lastSeenMs: null }] };
    const server = make({ sampleIntervalMs: 5, maxEventBacklogBytes: 500_000 }, {}, { "/pipeline": () => big });
    const { url } = await server.start();
    const socket = createConnection(Number(new URL(url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    socket.pause();
    const dropped = async () =>
      Number(/ngflow_server_event_clients_dropped_total (\d+)/.exec((await get(server, "/metrics")).text)![1]);
    await expect.poll(dropped, { timeout: 10_000 }).toBe(1);
    expect((await get(server, "/metrics")).text).toContain("\nngflow_server_event_clients 0\n");
    socket.destroy();
  });
});

describe("completions", () => {
  test("columns, operators, values of the store and names of exporters", async () => {
    const names = [
      {
        kind: "interface" as const,
        exporter: "192.0.2.9",
        domain: 0,
        id: "3",
        name: "Gi0/1",
        description: "",
        from: "2026-01-02T00:00:00.000Z",
        to: null,
      },
    ];
    const server = make({}, {}, { "/names": () => ({ names }) });
    const at = async (text: string, more = "") =>
      (await get(server, `/api/v1/completions?text=${encodeURIComponent(text)}${more}`)).json as FilterCompletions;
    expect(await at("src po")).toMatchObject({ from: 0, to: 6, completions: [{ text: "src port", kind: "column" }] });
    const { completions } = await at("SrcAddr = ");
    expect(completions.map(({ text }) => text)).toEqual(["10.0.0.1", "10.0.0.9"]);
    expect((await at("InIf = Gi")).completions).toEqual([{ text: "3", kind: "value", detail: "Gi0/1 (192.0.2.9)" }]);
    expect(await at("proto tcp and", "&at=8&count=1")).toMatchObject({
      from: 6,
      to: 9,
      completions: [{ text: "tcp" }],
    });
    expect((await get(server, "/api/v1/completions?text=a&at=2")).json).toMatchObject({
      error: { code: "bad-request" },
    });
    expect((await get(server, "/api/v1/completions?text=a&at=-1")).status).toBe(400);
    expect((await get(server, `/api/v1/completions?text=${"a".repeat(10_001)}`)).status).toBe(400);
  });

  test("names of hosts and interfaces that are asked for", async () => {
    const name = { kind: "interface" as const, exporter: "192.0.2.9", domain: 0, from: "2026-01-02T00:00:00.000Z" };
    const names = [
      { ...name, id: "3", name: "Gi0/1", description: "up", to: null },
      { ...name, id: "4", name: "", description: "to Kyoto", to: null },
      { ...name, id: "5", name: "old", description: "", to: "2026-01-02T01:00:00.000Z" },
      { ...name, kind: "interface-speed" as const, id: "3", name: "1000", description: "1000000000", to: null },
      { ...name, kind: "interface-speed" as const, id: "4", name: "", description: "", to: null },
      { ...name, kind: "vrf" as const, id: "6", name: "red", description: "", to: null },
    ];
    const hostNames = () => new Map([["192.0.2.1", "<b>desk</b>"]]);
    const server = make({}, { hostNames }, { "/names": () => ({ names }) });
    const path = "/api/v1/names/of?hosts=192.0.2.1,192.0.2.2&interfaces=";
    expect((await get(server, `${path}${[3, 4, 5, 6, 7].map((id) => `192.0.2.9/${id}`).join(",")}`)).json).toEqual({
      hosts: { "192.0.2.1": "<b>desk</b>" },
      interfaces: { "192.0.2.9/3": "Gi0/1", "192.0.2.9/4": "to Kyoto" },
      speeds: { "192.0.2.9/3": 1e9 },
      hasHosts: true,
    });
    expect((await get(make({}, {}), path)).json).toEqual({ hosts: {}, interfaces: {}, speeds: {}, hasHosts: false });
    expect((await get(server, `/api/v1/names/of?hosts=${Array(501).fill("a").join(",")}`)).status).toBe(400);
    expect((await get(server, `/api/v1/names/of?hosts=${"a".repeat(30_001)}`)).status).toBe(400);
  });

  test("a store that does not answer in time holds up nothing, and is asked once", async () => {
    let asked = 0;
    const reader = { ...arrayReader(FLOWS), queryInPieces: () => (asked++, new Promise<never>(() => {})) };
    const server = make({}, { reader });
    const answers = await Promise.all([1, 2, 3].map(() => get(server, "/api/v1/completions?text=SrcAddr%20")));
    for (const { json } of answers)
      expect(json).toMatchObject({
        partial: true,
        completions: expect.arrayContaining([{ text: "<<", kind: "operator", detail: "is in the prefix" }]),
      });
    expect(asked).toBe(1);
  });
});
