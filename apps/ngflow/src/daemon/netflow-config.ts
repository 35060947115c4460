import { uptime } from "node:os";
import type { NetflowConfig } from "@ngflow/nodes";

/** Settings of the netflow nodes that a graph makes: what was asked for, over what the machine knows. */
export function netflowConfig(
  { profile, key }: Partial<Pick<NetflowConfig, "profile" | "key">>,
  facts: Pick<NetflowConfig, "routes" | "interfaces" | "asTable">,
): Partial<NetflowConfig> {
  const config = key === undefined ? facts : { ...facts, key };
  if (profile !== "freebsd") return config;
  // The kernel's node counts the uptime of the machine. Its first templates depend on it (ng_netflow.md §9.4).
  return { ...config, profile, uptimeMs: () => uptime() * 1000 };
}
