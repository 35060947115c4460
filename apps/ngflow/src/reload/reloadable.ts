import type { SettingKey } from "../options/settings.ts";

/** The settings that daemons take over while they run; the others need a restart. */
export const RELOADABLE = [
  "active",
  "inactive",
  "listen",
  "exporters",
  "exporter-rate",
  "clock-limit",
  "template-lifetime",
  "elements",
  "networks",
  "mmdb",
  "snmp",
  "interface-rules",
  "hosts",
  "mac-vendors",
  "reverse-dns",
  "keep",
  "keep-1m",
  "keep-1h",
  "keep-1d",
  "keep-addresses",
  "keep-size",
  "min-free",
  "spool-max-age",
  "spool-size",
  "http-token-file",
  "login",
  "login-header",
  "login-from",
  "login-role",
  "allow-host",
  "alerts",
  "log-level",
] as const satisfies readonly SettingKey[];

export type ReloadableKey = (typeof RELOADABLE)[number];
