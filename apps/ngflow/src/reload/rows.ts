import type { AlertsConfig } from "@ngflow/alerts";
import type { AccessConfig } from "@ngflow/server";
import type { PreparedChange } from "@ngflow/names";
import type { StoreConfig } from "@ngflow/store";
import { type Logger, logLevel, type LogOptions } from "../daemon/log.ts";
import { useElements } from "../options/elements-file.ts";
import { alertsConfig } from "../options/alerts-option.ts";
import { httpConfig } from "../options/http-options.ts";
import { type NameSettings, nameSettings } from "../options/name-options.ts";
import type { ReceiveSettings } from "../options/receive-options.ts";
import { listenText } from "../options/options.ts";
import { parseSize, storeLimits } from "../options/store-options.ts";
import type { SharedConfig } from "../options/settings.ts";
import type { CollectChange } from "./collect-change.ts";
import type { ReloadRow } from "./reloader.ts";

/** How many flows a store keeps. */
export function keepRow(store: { limit(limits: Partial<StoreConfig>): unknown }): ReloadRow {
  return {
    keys: ["keep", "keep-1m", "keep-1h", "keep-1d", "keep-addresses", "keep-size", "min-free", "spool-max-age"],
    prepare(after) {
      const limits = storeLimits(after);
      return () => store.limit(limits);
    },
  };
}

/** Who may use the console and the API. */
export function accessRow(server: { prepareAccess(access: AccessConfig): () => void }): ReloadRow {
  return {
    keys: ["http-token-file", "login", "login-header", "login-from", "login-role", "allow-host"],
    files: true,
    prepare(after) {
      const { token, allowInsecure, allowedHosts, loginHeader } = httpConfig(after);
      return server.prepareAccess({ token, allowInsecure, allowedHosts, loginHeader });
    },
  };
}

/** What is alerted. */
export function alertsRow(alerts: { prepare(config: AlertsConfig): () => void }): ReloadRow {
  return { keys: ["alerts"], files: true, prepare: (after) => alerts.prepare(alertsConfig(after)) };
}

/** Names that answers have: of hosts and vendors. Those that flows get are of the collector. */
export function namesRow(names: { prepare(config: NameSettings): Promise<PreparedChange> }): ReloadRow {
  return {
    keys: ["hosts", "mac-vendors", "reverse-dns"],
    files: true,
    prepare: (after) => names.prepare(nameSettings(after)),
  };
}

/** What is logged. @param usual the options of the command, which come first */
export function logRow(log: Logger, usual: LogOptions): ReloadRow {
  return {
    keys: ["log-level"],
    prepare: (after) => () => (log.level = logLevel({ ...usual, logLevel: after.logLevel })),
  };
}

/** Elements that ngflow does not know, where nothing is received. New ones are added; none goes. */
export const elementsRow: ReloadRow = {
  keys: ["elements"],
  files: true,
  prepare(after) {
    useElements(after.elements);
    return () => undefined;
  },
};

/**
 * What a collector takes, which may be another process: the last row.
 * @param settingsOf the settings of options
 */
export function receiveRow(
  settingsOf: (options: SharedConfig) => ReceiveSettings,
  change: (change: CollectChange) => Promise<void>,
): ReloadRow {
  const listen = (options: SharedConfig): ReceiveSettings["listen"] => settingsOf(options).listen;
  const texts = (options: SharedConfig): string[] => listen(options).map(listenText);
  return {
    keys: [
      ...([
        "listen",
        "exporters",
        "exporter-rate",
        "clock-limit",
        "template-lifetime",
        "spool-size",
        "elements",
      ] as const),
      ...(["networks", "mmdb", "snmp", "interface-rules"] as const),
    ],
    files: true,
    can: (key, before, after) => key !== "listen" || texts(before).every((address) => texts(after).includes(address)),
    async prepare(after, before) {
      const settings = settingsOf(after);
      const { allowExporters, exporterRate, clockLimitMs, templateLifetimeMs } = settings;
      const { elements, networks, mmdb, snmp, interfaceRules } = settings;
      const known = new Set(texts(before));
      await change({
        added: listen(after).filter((address) => !known.has(listenText(address))),
        allowExporters,
        ...(exporterRate !== undefined && { exporterRate }),
        ...(clockLimitMs !== undefined && { clockLimitMs }),
        ...(templateLifetimeMs !== undefined && { templateLifetimeMs }),
        elements,
        networks,
        mmdb,
        snmp,
        interfaceRules,
        spoolBytes: after.spoolSize === undefined ? undefined : parseSize(after.spoolSize),
      });
      return () => undefined;
    },
  };
}
