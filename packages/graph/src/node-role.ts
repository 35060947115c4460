/**
 * What nodes of a type are. Drawings, the dry run, the pipeline and the console treat kinds of nodes differently by
 * this, and so need not know a type by its name.
 */
export const NODE_ROLES = {
  interface: "Frames of a network interface enter and leave the graph here.",
  generator: "Makes packets by itself.",
  meter: "Accounts packets into flow records; its counter `packetsAccounted` grows with each packet.",
  transport: "Packets leave for other hosts, and come from them, through a socket of the machine.",
  program: "Packets go to a program that holds the node, and come from it.",
  sink: "Packets end here.",
  plain: "Passes packets on between its hooks, all of them or some.",
} as const;

/** What a node is for: a key of `NODE_ROLES`. */
export type NodeRole = keyof typeof NODE_ROLES;

/** The counter that a meter has. */
export const METER_COUNTER = "packetsAccounted";

export function isNodeRole(value: unknown): value is NodeRole {
  return typeof value === "string" && Object.hasOwn(NODE_ROLES, value);
}
