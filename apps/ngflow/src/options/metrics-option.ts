import { QUERY_FIELDS } from "@ngflow/alerts";
import type { QueryMetric } from "@ngflow/flows";
import { Option } from "commander";
import { z } from "zod";
import { OptionsError } from "./errors.ts";
import { listOption } from "./list-option.ts";

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

const list = listOption({
  key: "metrics",
  invalid: (faults) => new OptionsError("metrics-invalid", faults),
  of: querySchema,
  most: MOST_QUERIES,
});

/** A query whose answer is in `/metrics`. */
export interface ChosenQuery extends z.output<typeof querySchema> {
  readonly metric: QueryMetric;
}

/** The key `metrics` of a configuration: the name of a file, or what the file would have. */
export const metricsSetting = list.setting;

/** JSON Schema of the queries. */
export const metricsJsonSchema = (): object => list.jsonSchema();

interface MetricsOptions {
  readonly metrics?: unknown;
}

/** The queries of a daemon. @throws OptionsError `file-unreadable`, `config-syntax`, `metrics-invalid` */
export const metricsConfig = ({ metrics }: MetricsOptions): readonly ChosenQuery[] =>
  list.read(metrics) as readonly ChosenQuery[];

/** The file that names queries. */
export const metricsFiles = ({ metrics }: MetricsOptions): string[] => list.files(metrics);
