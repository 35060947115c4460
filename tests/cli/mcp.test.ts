import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Background, must, NGFLOW, run } from "../support/command.ts";

interface Reply {
  readonly id: number;
  readonly result?: {
    readonly serverInfo?: unknown;
    readonly tools?: readonly { readonly name: string; readonly annotations: unknown; readonly inputSchema: object }[];
    readonly isError?: boolean;
    readonly content?: readonly { readonly text: string }[];
  };
  readonly error?: { readonly message: string };
}

const START = "2026-01-05T08:00:00Z";
const RANGE = { from: "2026-01-05T00:00:00Z", to: "2026-01-06T00:00:00Z" };
let data = "";
let server: Background;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "ngflow-mcp-"));
  const capture = join(data, "flows.pcap");
  must([...NGFLOW, "generate", "--to", capture, "--count", "500", "--start", START, "--quiet"]);
  must([...NGFLOW, "import", "--data", join(data, "d"), capture]);
  server = new Background([...NGFLOW, "serve", "--data", join(data, "d"), "--http", "127.0.0.1:0"]);
  await server.until("the server", () => server.stdout.includes("console"), 60_000);
});
afterAll(async () => {
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});

/** What the server answers to calls of tools, and to the list of them, by a session of its own. */
function session(calls: readonly { readonly name: string; readonly arguments: object }[], directory = join(data, "d")) {
  const client = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  const requests = [
    { id: 1, method: "initialize", params: client },
    { method: "notifications/initialized" },
    { id: 2, method: "tools/list" },
    ...calls.map((params, i) => ({ id: 3 + i, method: "tools/call", params })),
  ];
  const input = requests.map((each) => `${JSON.stringify({ jsonrpc: "2.0", ...each })}\n`).join("");
  const { status, stdout, stderr } = run([...NGFLOW, "mcp", "--data", directory], { input });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const replies = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Reply);
  const byId = new Map(replies.map((reply) => [reply.id, reply]));
  return { hello: byId.get(1)!, list: byId.get(2)!, answers: calls.map((_, i) => byId.get(3 + i)!) };
}

const json = ({ result }: Reply): unknown => JSON.parse(result!.content![0]!.text);

test("tools are listed, each read only, and answer as the API does", () => {
  const { hello, list, answers } = session([
    { name: "query", arguments: { by: "Proto", metric: "flows", ...RANGE } },
    { name: "flows", arguments: { limit: 3, ...RANGE } },
    { name: "exporters", arguments: {} },
    { name: "columns", arguments: {} },
    { name: "explain", arguments: { script: "ngctl mkpeer em0: netflow lower iface0" } },
  ]);
  expect(hello.result!.serverInfo).toMatchObject({ name: "ngflow" });
  expect(list.result!.tools!.map(({ name }) => name)).toEqual(["query", "flows", "exporters", "columns", "explain"]);
  for (const { annotations } of list.result!.tools!) expect(annotations).toMatchObject({ readOnlyHint: true });
  const [query, flows, exporters, columns, explain] = answers.map(json) as [
    { rows: { flows: number }[] },
    { rows: object[] },
    object,
    object,
    { judgement: string; scenes: object[]; cuts: { interface: string }[] },
  ];
  expect(query.rows.reduce((sum, row) => sum + row.flows, 0)).toBe(500);
  expect(flows.rows).toHaveLength(3);
  expect(exporters).toHaveProperty("exporters");
  expect(JSON.stringify(columns)).toContain("SrcAddr");
  // The step that cuts the network, as the article's reader met it.
  expect(explain.cuts[0]).toMatchObject({ interface: "em0" });
  for (const scene of explain.scenes) expect(scene).not.toHaveProperty("svg");
});

test("what cannot be answered is an error with a reason, and the session goes on", () => {
  const { answers } = session([
    { name: "query", arguments: { by: "Nothing", ...RANGE } },
    { name: "query", arguments: { filter: "proto xyz and", ...RANGE } },
    { name: "query", arguments: { top: 100_000 } },
    { name: "drop", arguments: {} },
    { name: "query", arguments: RANGE },
  ]);
  const texts = answers.map(({ result, error }) => error?.message ?? result!.content![0]!.text);
  expect(answers.map(({ result, error }) => error !== undefined || result!.isError === true)).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
  expect(texts[0]).toContain("Nothing");
  expect(texts[3]).toContain("drop");
});

test("without a daemon every call says so, and without a data directory the command does", () => {
  const other = join(data, "other");
  must([...NGFLOW, "import", "--data", other, join(data, "flows.pcap")]);
  const { list, answers } = session([{ name: "exporters", arguments: {} }], other);
  expect(list.result!.tools!.length).toBeGreaterThan(3);
  expect(answers[0]!.result).toMatchObject({ isError: true });
  expect(answers[0]!.result!.content![0]!.text).toContain("ngflow serve");
  const { status, stderr } = run([...NGFLOW, "mcp", "--data", join(data, "none")], { input: "" });
  expect(status).toBe(66);
  expect(stderr).toContain("no flows are stored here");
});
