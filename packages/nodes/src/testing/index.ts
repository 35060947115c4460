export type { GoldenCheck } from "./golden-check.ts";
export { type GraphCase, graphChecks } from "./golden-graph.ts";
export { parseChecks, type ParseRow } from "./golden-parse.ts";
