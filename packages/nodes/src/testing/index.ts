export { ManualClock } from "./bench-graph.ts";
export type { GoldenCheck } from "./golden-check.ts";
export { type GraphCase, graphChecks } from "./golden-graph.ts";
export { parseChecks, type ParseRow } from "./golden-parse.ts";
export { NotedSocket } from "./noted-socket.ts";
export { settingMessages, typesWithSettings } from "./setting-messages.ts";
