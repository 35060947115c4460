import { type AlertsConfig, AlertsError, checkAlerts, NO_ALERTS, secretFiles } from "@ngflow/alerts";
import { Option } from "commander";
import { z } from "zod";
import { contentOf } from "./named-file.ts";

export const alertsOption = (): Option =>
  new Option("--alerts <file>", "YAML file of alert rules, and of where alerts are sent");

/** The key `alerts` of a configuration: the name of a file, or what the file would have. */
export const alertsSetting = z.unknown().check(({ value, issues }) => {
  if (typeof value === "string") return;
  for (const problem of checkAlerts(value).problems) issues.push({ code: "custom", input: value, message: problem });
});

interface AlertsOptions {
  /** A name of a file, or alerts as the configuration has them. */
  readonly alerts?: unknown;
}

/** The alerts of a daemon. @throws OptionsError `file-unreadable`, `config-syntax`; AlertsError `alert-rule` */
export function alertsConfig({ alerts }: AlertsOptions): AlertsConfig {
  if (alerts === undefined) return NO_ALERTS;
  const file = typeof alerts === "string" ? alerts : undefined;
  const value = file === undefined ? alerts : contentOf("alerts", file);
  const read = checkAlerts(value);
  if ("config" in read) return read.config;
  const where = file ?? "alerts";
  throw new AlertsError("alert-rule", read.problems.map((problem) => `${where}: ${problem}`).join("\n"));
}

/** The files that alerts read, with that which names the others. */
export function alertsFiles(options: AlertsOptions): string[] {
  const file = typeof options.alerts === "string" ? [options.alerts] : [];
  const { channels, share } = alertsConfig(options);
  const shared = [share?.passwordFile, share?.caFile].filter((path) => path !== undefined);
  return [...file, ...secretFiles(channels), ...shared];
}
