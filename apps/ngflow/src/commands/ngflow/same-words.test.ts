import type { FlowsSpec, GivenWords, PieceReader, QuerySpec } from "@ngflow/flows";
import { createServer } from "@ngflow/server";
import { Command } from "commander";
import { expect, test } from "vitest";
import { define as defineFlows, flowsSpec } from "./verbs/flows.ts";
import { define as defineQuery, querySpec } from "./verbs/query.ts";

/** The words of `ngflow query`, `ngflow flows` and of the HTTP interface: equal questions, equal errors. */

const NOW = Date.parse("2026-01-02T12:00:00.250Z");

type Outcome = { spec: unknown } | { code: string; message: string; position?: number };

/** What a command line asks for: the options of the real command, read by the real verb. */
async function byCommand(verb: "query" | "flows", { filter, ...options }: GivenWords): Promise<Outcome> {
  const spec = verb === "query" ? querySpec : flowsSpec;
  let outcome: Outcome | undefined;
  const command = (verb === "query" ? defineQuery : defineFlows)(new Command(verb)).action(
    (words: string[], given: object) => {
      try {
        outcome = { spec: spec(words, given, NOW) };
      } catch (error) {
        const { code, message, position } = error as { code: string; message: string; position?: number };
        outcome = { code, message, ...(position === undefined ? {} : { position }) };
      }
    },
  );
  const args = Object.entries(options).flatMap(([word, value]) => [`--${word}`, String(value)]);
  await command.parseAsync([...args, ...(filter ?? "").split(" ")], { from: "user" });
  return outcome!;
}

/** What a request asks the store for, or the error that it is answered. */
async function byHttp(verb: "query" | "flows", words: GivenWords): Promise<Outcome> {
  const specs: (QuerySpec | FlowsSpec)[] = [];
  const answer = { from: "", to: "", columns: [], rows: [], elapsedMs: 0 };
  const reader: PieceReader = {
    async queryInPieces(spec) {
      specs.push(spec);
      return { frame: { ...answer, step: null, tier: "" }, pieces: [], bytes: 0 };
    },
    async flowsInPieces(spec) {
      specs.push(spec);
      return { frame: answer, pieces: [], bytes: 0 };
    },
  };
  const server = createServer(
    { host: "127.0.0.1", port: 0, staticDir: null },
    { reader, log: { info() {}, warn() {}, error() {} }, nowMs: () => NOW, sources: {} as never },
  );
  const address = `http://localhost/api/v1/${verb}?${new URLSearchParams(words as Record<string, string>)}`;
  const response = await server.fetch(new Request(address, { headers: { host: "localhost" } }));
  if (response.status === 200) return { spec: specs[0] };
  expect(response.status).toBe(400);
  return ((await response.json()) as { error: { code: string; message: string } }).error;
}

const range = (from: string, to: string) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) });
const LAST_HOUR = { fromMs: NOW - 3_600_000, toMs: NOW };

test.each<["query" | "flows", GivenWords, object]>([
  ["query", {}, { by: [], metric: "bytes", top: 10, ...LAST_HOUR }],
  ["flows", {}, { limit: 100, ...LAST_HOUR }],
  [
    "flows",
    { last: "15m", limit: "7", filter: "proto tcp and port 443" },
    { fromMs: NOW - 900_000, toMs: NOW, limit: 7, filter: "proto tcp and port 443" },
  ],
  ["flows", { sort: "bytes" }, { limit: 100, sort: { column: "Bytes", largestFirst: true } }],
  ["flows", { sort: "-SrcPort" }, { sort: { column: "SrcPort", largestFirst: false } }],
  ["query", { last: "1.5h" }, { fromMs: NOW - 5_400_000, toMs: NOW }],
  ["query", { last: "1.4ms", to: "1767355200.0009" }, { fromMs: 1_767_355_199_999, toMs: 1_767_355_200_000 }],
  ["query", { last: "3000w" }, { fromMs: 0, toMs: NOW }],
  ["query", { to: "2026-01-01" }, range("2025-12-31T23:00Z", "2026-01-01T00:00Z")],
  ["query", { from: "-10m", to: "now" }, { fromMs: NOW - 600_000, toMs: NOW }],
  [
    "query",
    { from: "2026-01-02T10:00:00+01:00", to: "-1h" },
    { fromMs: Date.parse("2026-01-02T09:00Z"), toMs: NOW - 3_600_000 },
  ],
  ["query", { from: "2026-01-02T10:00", to: "2026-01-02T10:30Z" }, range("2026-01-02T10:00Z", "2026-01-02T10:30Z")],
  ["query", { from: "1767312000", to: "1767355200123" }, { fromMs: 1_767_312_000_000, toMs: 1_767_355_200_123 }],
  ["query", { from: "1970-01-01" }, { fromMs: 0, toMs: NOW }],
  [
    "query",
    { by: "srcaddr, Proto", metric: "bps", step: "30", top: "3" },
    { by: ["SrcAddr", "Proto"], metric: "bps", stepMs: 30_000, top: 3 },
  ],
  ["query", { time: "arrival", previous: "week" }, { time: "arrival", previousMs: 604_800_000 }],
  ["query", { previous: "period", last: "1m", step: "1m" }, { previousMs: 120_000, stepMs: 60_000 }],
  ["query", { previous: "12h", metric: "max:duration" }, { previousMs: 43_200_000, metric: "max:duration" }],
  ["flows", { time: "arrival" }, { time: "arrival" }],
  ["query", { duplicates: "once" }, { duplicates: "once" }],
  ["flows", { duplicates: "only" }, { duplicates: "only" }],
  ["query", { step: "1m30s" }, { stepMs: 90_000 }],
  ["query", { step: "auto", last: "6h" }, { stepMs: 120_000 }],
  ["query", { by: "", filter: "  " }, { by: [] }],
])("%s %j", async (verb, words, wanted) => {
  const outcome = await byCommand(verb, words);
  expect(outcome).toMatchObject({ spec: wanted });
  expect(await byHttp(verb, words)).toEqual(outcome);
});

test.each<["query" | "flows", GivenWords, string, string]>([
  ["query", { last: "10" }, "bad-time", "last=10: the unit is missing; write 10s, 10m, 10h or 10d"],
  ["flows", { from: "-15" }, "bad-time", "from=-15: the unit is missing; write -15s, -15m, -15h or -15d"],
  ["flows", { last: "soon" }, "bad-time", "last=soon: not a duration; use for example 90s, 15m, 6h or 2d"],
  ["query", { last: "0s" }, "bad-time", "last=0s: not a duration"],
  ["query", { last: "1h", from: "-1h" }, "bad-time", "last=1h: cannot be combined with from; give one of them"],
  ["query", { from: "yesterday" }, "bad-time", "from=yesterday: not a time; use ISO 8601"],
  ["query", { from: "15" }, "bad-time", "from=15: not a time"],
  ["query", { to: "2026-06-31" }, "bad-time", "to=2026-06-31: not a time"],
  ["query", { to: "2026-13-01" }, "bad-time", "to=2026-13-01: not a time"],
  ["query", { from: "2026-01-02T10:00x" }, "bad-time", "from=2026-01-02T10:00x: not a time"],
  ["query", { from: "now", to: "-1h" }, "bad-time", "from=now: the range is empty"],
  ["query", { to: "-3000w" }, "bad-time", "to=-3000w: the range is empty"],
  ["query", { step: "0.5" }, "bad-time", "step=0.5: not a bin width"],
  ["query", { step: "1500ms" }, "bad-time", "step=1500ms: not a bin width"],
  ["query", { step: "0" }, "bad-time", "step=0: not a bin width"],
  ["query", { step: "1s", last: "10000s" }, "answer-too-large", "step=1s: gives 10001 bins, at most 10000"],
  [
    "query",
    { by: "Proto,Colour" },
    "bad-request",
    'by=Proto,Colour: "Colour" is not a column to group by; those are ExporterAddr',
  ],
  ["query", { by: "Bytes" }, "bad-request", 'by=Bytes: "Bytes" is not a column to group by: a counter is a metric'],
  ["query", { by: "TimeEnd" }, "bad-request", 'by=TimeEnd: "TimeEnd" is not a column to group by: times are bins of'],
  ["query", { by: "srcip" }, "bad-request", 'by=srcip: "srcip" is not a column to group by; did you mean SrcAddr?'],
  ["query", { by: "port" }, "bad-request", 'by=port: "port" is not a column to group by; did you mean SrcPort or Dst'],
  [
    "query",
    { by: "hostname" },
    "bad-request",
    'by=hostname: "hostname" is not a column to group by; did you mean SrcH',
  ],
  ["query", { by: "Proto,proto" }, "bad-request", "by=Proto,proto: a column is named twice"],
  ["query", { by: "SrcAddr,DstAddr,SrcPort,DstPort,Proto,InIf,OutIf,Vlan,Tos" }, "bad-request", "by=SrcAddr"],
  [
    "query",
    { metric: "joules" },
    "bad-request",
    'metric=joules: "joules" is not a metric; the metrics are bytes, packets',
  ],
  ["query", { previous: "month" }, "bad-request", "previous=month: not one of day, week and period"],
  ["query", { previous: "90s", step: "1m" }, "bad-request", "previous=90s: not a whole number of bins of 60 s"],
  ["query", { previous: "3000w" }, "bad-request", "previous=3000w: it would begin before 1970"],
  ["query", { time: "export" }, "bad-request", "time=export: not one of flow, arrival"],
  ["query", { duplicates: "one" }, "bad-request", "duplicates=one: not one of as-seen, edge, once, only; did you"],
  ["query", { metric: "max:SrcAddr" }, "bad-request", 'metric=max:SrcAddr: "SrcAddr" is not a column of numbers'],
  ["query", { top: "0" }, "bad-request", "top=0: not a whole number from 1 to 1000"],
  ["query", { top: "1001" }, "bad-request", "top=1001: not a whole number"],
  ["query", { top: "5.5" }, "bad-request", "top=5.5: not a whole number"],
  ["flows", { limit: "10001" }, "bad-request", "limit=10001: not a whole number from 1 to 10000"],
  ["flows", { sort: "Byte" }, "bad-request", "sort=Byte: not a column to sort by; did you mean Bytes?"],
  ["flows", { sort: "Extra" }, "bad-request", "sort=Extra: not a column to sort by"],
  [
    "flows",
    { filter: "proto tcp and port foo" },
    "bad-filter",
    'filter: "foo" is not a port number or service name, at character 20 of "',
  ],
])("%s %j is refused", async (verb, words, code, message) => {
  const { message: said, ...http } = (await byHttp(verb, words)) as { code: string; message: string };
  expect(http).toMatchObject({ code });
  expect(said.slice(0, message.length)).toBe(message);
  const { message: printed, ...command } = (await byCommand(verb, words)) as { code: string; message: string };
  expect(command).toEqual(http);
  // A command names the options as they were typed; the rest of the message is the same.
  const [word] = message.split("=") as [keyof GivenWords];
  const typed = said.replace(`${word}=${words[word]}`, `--${word} ${words[word]}`);
  expect(printed).toBe(typed.replace("combined with from", "combined with --from"));
});
