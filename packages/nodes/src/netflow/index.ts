export { type AsTable, readAsTable } from "./as-table.ts";
export { NETFLOW_COOKIE, NetflowBehaviour } from "./behaviour.ts";
export type { EngineContext, ExportHook, FlowEngine, NetflowOptions } from "./flow-engine.ts";
export { netflow, NETFLOW_DEFAULTS, type NetflowConfig, netflowType } from "./netflow.ts";
export { type Profile, PROFILES } from "./profiles.ts";
