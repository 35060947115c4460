import { QUERY_FIELDS } from "@ngflow/alerts";
import { nearest, type QueryMetric } from "@ngflow/flows";
import { Option } from "commander";
import { z } from "zod";
import { OptionsError } from "./errors.ts";
import { contentOf } from "./named-file.ts";

/** Most queries, and most groups of one: every group is a time series. */
const MOST_QUERIES = 50;
const MOST_TOP = 1000;
const DAY_MS = 86_400_000;

export const metricsOption = (): Option =>
  new Option("--metrics <file>", "YAML file of queries whose answers are in /metrics");

const querySchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, "lower-case letters, digits and _; the metric is ngflow_query_NAME"),
  help: z
    .string()
    .max(300)
    .regex(/^[^\n\\]*$/, "one line without a backslash")
    .default("Of stored flows."),
  ...QUERY_FIELDS,
  window: QUERY_FIELDS.window.refine((ms) => DAY_MS % ms === 0, { message: "does not divide a day" }),
  top: z.int().min(1).max(MOST_TOP).default(20).meta({ description: "Most groups: the largest." }),
});

const listSchema = z
  .array(querySchema)
  .max(MOST_QUERIES)
  .refine((queries) => new Set(queries.map(({ name }) => name)).size === queries.length, {
    message: "a name is twice",
  });

/** A query whose answer is in `/metrics`. */
export interface ChosenQuery extends z.output<typeof querySchema> {
  readonly metric: QueryMetric;
}

/** Everything that is wrong with queries, a line each. */
function problemsOf(value: unknown): {
  readonly queries: readonly ChosenQuery[];
  readonly problems: readonly string[];
} {
  const result = listSchema.safeParse(value);
  if (result.success) return { queries: result.data as readonly ChosenQuery[], problems: [] };
  const problems = result.error.issues.flatMap((issue) => {
    const where = issue.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
    if (issue.code !== "unrecognized_keys") return [`${where === "" ? "" : `${where}: `}${issue.message}`];
    return issue.keys.map((key) => {
      const meant = nearest(key, Object.keys(querySchema.shape));
      return `${where}.${key}: no such key${meant === undefined ? "" : `; did you mean ${meant}?`}`;
    });
  });
  return { queries: [], problems };
}

/** The key `metrics` of a configuration: the name of a file, or what the file would have. */
export const metricsSetting = z.unknown().check(({ value, issues }) => {
  if (typeof value === "string") return;
  for (const problem of problemsOf(value).problems) issues.push({ code: "custom", input: value, message: problem });
});

/** JSON Schema of the queries. */
export function metricsJsonSchema(): object {
  const { $schema: _, ...schema } = z.toJSONSchema(listSchema, { io: "input", unrepresentable: "any" });
  return schema;
}

interface MetricsOptions {
  readonly metrics?: unknown;
}

/** The queries of a daemon. @throws OptionsError `file-unreadable`, `config-syntax`, `metrics-invalid` */
export function metricsConfig({ metrics }: MetricsOptions): readonly ChosenQuery[] {
  if (metrics === undefined) return [];
  const file = typeof metrics === "string" ? metrics : undefined;
  const { queries, problems } = problemsOf(file === undefined ? metrics : contentOf("metrics", file));
  if (problems.length === 0) return queries;
  const where = file ?? "metrics";
  throw new OptionsError("metrics-invalid", problems.map((problem) => `${where}: ${problem}`).join("\n"));
}

/** The file that names queries. */
export const metricsFiles = ({ metrics }: MetricsOptions): string[] => (typeof metrics === "string" ? [metrics] : []);
