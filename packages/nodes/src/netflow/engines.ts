import type { CreateFlowEngine } from "./flow-engine.ts";
import type { Profile } from "./profiles.ts";

export type {
  CreateFlowEngine,
  EngineContext,
  ExportHook,
  ExportOutlet,
  FlowEngine,
  NetflowOptions,
  Observation,
} from "./flow-engine.ts";
export type { Profile } from "./profiles.ts";

/** Names of the engines. */
export const PROFILE_NAMES: readonly Profile[] = ["modern", "freebsd"];

/** Loads one engine and nothing else: for commands that start often and run short. */
export async function loadEngine(profile: Profile): Promise<CreateFlowEngine> {
  if (profile === "freebsd") {
    const { FreebsdEngine } = await import("./freebsd/engine.ts");
    return (context, options) => new FreebsdEngine(context, options);
  }
  const { ModernEngine } = await import("./modern/engine.ts");
  return (context, options) => new ModernEngine(context, options);
}
