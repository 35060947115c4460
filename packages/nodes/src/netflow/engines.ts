export type {
  EngineContext,
  ExportHook,
  ExportOutlet,
  FlowEngine,
  NetflowOptions,
  Observation,
} from "./flow-engine.ts";
export { type Profile, PROFILES } from "./profiles.ts";
