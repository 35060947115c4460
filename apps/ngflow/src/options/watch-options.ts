import type { AlertsConfig } from "@ngflow/alerts";
import { Option } from "commander";
import { type OutTarget, outFiles, parseOut } from "../out/out-url.ts";
import { alertsConfig, alertsFiles, alertsOption } from "./alerts-option.ts";
import { type ChosenQuery, metricsConfig, metricsFiles, metricsOption } from "./metrics-option.ts";
import { collect } from "./options.ts";
import { reportsConfig, reportsFiles, reportsOption, type TimedReport } from "./report-option.ts";

const outOption = (): Option =>
  new Option(
    "--out <url>",
    "send every stored flow as a line of JSON: file:///PATH, tcp://HOST:PORT, https://…, otlp+http://HOST:4318 " +
      "or kafka://HOST:PORT/TOPIC, with #filter=… (repeatable)",
  ).argParser(collect);

/** Options of the daemons that serve: what is done with flows when they are stored. */
export const watchOptions = (): Option[] => [alertsOption(), outOption(), metricsOption(), reportsOption()];

interface WatchOptions {
  readonly alerts?: unknown;
  readonly metrics?: unknown;
  readonly reports?: unknown;
  readonly out?: readonly string[];
}

/** What is done with flows when they are stored. */
export interface WatchConfig {
  readonly alerts: AlertsConfig;
  readonly out: readonly OutTarget[];
  readonly metrics: readonly ChosenQuery[];
  readonly reports: readonly TimedReport[];
}

/** @throws OptionsError, AlertsError, OutError */
export function watchConfig(options: WatchOptions): WatchConfig {
  return {
    alerts: alertsConfig(options),
    out: (options.out ?? []).map(parseOut),
    metrics: metricsConfig(options),
    reports: reportsConfig(options),
  };
}

/** The files that are read for it. */
export function watchFiles(options: WatchOptions): string[] {
  return [...alertsFiles(options), ...metricsFiles(options), ...reportsFiles(options), ...outFiles(options.out)];
}
