import type { AsTable } from "./as-table.ts";
import type { CreateFlowEngine } from "./flow-engine.ts";
import type { Profile } from "./profiles.ts";

export { parseKeyParts } from "./key-parts.ts";
export { FarPackets, JUMP_US } from "./modern/expiry/far-packets.ts";
export type { AsTable } from "./as-table.ts";
export type {
  CreateFlowEngine,
  EngineContext,
  ExportHook,
  ExportOutlet,
  FlowEngine,
  NetflowOptions,
  Observation,
} from "./flow-engine.ts";
export type { PacketWindow } from "./modern/wasm/packet-window.ts";
export type { RecordScan } from "./modern/wasm/record-scan.ts";
export type { Profile } from "./profiles.ts";

/** Names of the engines. */
export const PROFILE_NAMES: readonly Profile[] = ["modern", "freebsd"];

/** Reads a table of autonomous systems. @throws NgflowError when the file is none. */
export async function loadAsTable(file: string): Promise<AsTable> {
  const { readAsTable } = await import("./as-table.ts");
  return readAsTable(file);
}

/** Loads one engine and nothing else: for commands that start often and run short. */
export async function loadEngine(profile: Profile): Promise<CreateFlowEngine> {
  if (profile === "freebsd") {
    const { FreebsdEngine } = await import("./freebsd/engine.ts");
    return (context, options) => new FreebsdEngine(context, options);
  }
  const { ModernEngine } = await import("./modern/engine.ts");
  return (context, options) => new ModernEngine(context, options);
}
