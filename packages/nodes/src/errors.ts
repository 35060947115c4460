import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of this package that are not answers of a node (those are FreeBSD's error numbers). */
export const NODES_ERRORS = {
  "as-table": { exit: "data", meaning: "A line of the AS table is not valid, or the table is too long." },
  "as-table-unreadable": { exit: "noInput", meaning: "The file of the AS table cannot be read." },
  "netflow-max-flows": { exit: "usage", meaning: "The size of the flow cache is out of range." },
  "netflow-memory": { exit: "os", meaning: "There is no memory for a flow cache of this size. Set a lower limit." },
} as const satisfies ErrorTable;

export class NodesError extends errorClass(NODES_ERRORS) {}
