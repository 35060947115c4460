import type { Client } from "@ngflow/server/client";
import { z } from "zod";
import { explainer } from "../explain/answer/explainer.ts";

/** What a tool may use: the API of the daemon, and the signal that ends the request. */
export interface ToolContext {
  /** @throws VerbError when no daemon runs. */
  readonly client: () => Client<AbortSignal>;
  readonly signal: AbortSignal;
}

/** A tool: it only reads. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  /** `input` has been checked. The answer is sent as JSON. */
  readonly run: (input: never, context: ToolContext) => Promise<unknown>;
}

/** Most groups of a query, and most flows: what a client reads is short. */
const TOP_MAX = 100;
const FLOWS_MAX = 200;

const FILTER = z.string().max(4096).describe("In nfdump's syntax or by columns: proto tcp and dst port 443");
const RANGE = {
  last: z.string().max(32).optional().describe("How far back from now: 15m, 3h, 7d (the default is 1h)"),
  from: z.string().max(64).optional().describe("ISO 8601 with a zone, instead of last"),
  to: z.string().max(64).optional().describe("ISO 8601 with a zone"),
  filter: FILTER.optional(),
};

const QUERY = z.object({
  by: z.string().max(512).optional().describe("Columns, separated by commas: SrcAddr,DstPort or SrcAddr/24"),
  metric: z.string().max(64).default("bytes").describe("bytes, packets, flows, bps, pps, or distinct:COLUMN"),
  step: z.string().max(32).optional().describe("Width of bins over time, such as 5m: a series instead of totals"),
  top: z.number().int().min(1).max(TOP_MAX).default(10),
  ...RANGE,
});
const FLOWS = z.object({ limit: z.number().int().min(1).max(FLOWS_MAX).default(20), ...RANGE });
const EXPLAIN = z.object({
  script: z.string().min(1).max(65_536).describe("Commands of ngctl, a shell or rc.d script"),
});

/** A tool whose input has the type of its schema. */
function tool<Input extends z.ZodObject>(
  row: Omit<Tool, "input" | "run"> & {
    readonly input: Input;
    readonly run: (input: z.output<Input>, context: ToolContext) => Promise<unknown>;
  },
): Tool {
  return row;
}

const explain = explainer();

/** Every tool, in the order in which they are listed. */
export const TOOLS: readonly Tool[] = [
  tool({
    name: "query",
    title: "Sums of flows",
    description:
      "Bytes, packets, flows or rates by any columns, largest first, or as a series over time. The group with null values is the rest. Answers say what is known to be missing (completeness) and not settled yet (unsettledFrom).",
    input: QUERY,
    run: async (input, { client, signal }) => client().get("/query", input, signal),
  }),
  tool({
    name: "flows",
    title: "Flow records",
    description: "Single flow records, newest first, with all columns that have a value.",
    input: FLOWS,
    run: async (input, { client, signal }) => client().get("/flows", input, signal),
  }),
  tool({
    name: "exporters",
    title: "Exporters",
    description: "Who sends flows: protocol, templates, sampling, losses, clock, when last heard.",
    input: z.object({}),
    run: async (_, { client, signal }) => client().get("/exporters", {}, signal),
  }),
  tool({
    name: "columns",
    title: "Columns",
    description: "The names of columns and derived values for by, metric and filter, with what they mean.",
    input: z.object({}),
    run: async (_, { client, signal }) => client().get("/columns", {}, signal),
  }),
  tool({
    name: "explain",
    title: "Dry run of a netgraph script",
    description:
      "What each command of a netgraph script would do, on a model: nothing is run. It says which step cuts an interface off the network, and what undoes it.",
    input: EXPLAIN,
    async run({ script }, { signal }) {
      const answer = await explain({ script, theme: "light", args: [], set: {} }, signal);
      if (answer === "busy") throw new Error("several scripts wait already; ask again");
      return { ...answer, scenes: answer.scenes.map(({ svg: _, ...scene }) => scene) };
    },
  }),
];
