import type { CreateFlowEngine } from "./flow-engine.ts";
import { FreebsdEngine } from "./freebsd/engine.ts";
import { ModernEngine } from "./modern/engine.ts";

/** The engines, by the name of their profile. */
export const PROFILES = {
  modern: (context, options) => new ModernEngine(context, options),
  freebsd: (context, options) => new FreebsdEngine(context, options),
} as const satisfies Readonly<Record<string, CreateFlowEngine>>;

export type Profile = keyof typeof PROFILES;
