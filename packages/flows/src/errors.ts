import { errorClass, type ErrorTable } from "@ngflow/base";

/** Every error code of this package: the exit status of a command that ends with it, and what the error means. */
export const FLOWS_ERRORS = {
  "bad-filter": { exit: "usage", meaning: "A filter does not parse. The message gives the position of the error." },
  "bad-time": {
    exit: "usage",
    meaning: "`from`, `to`, `last` or `step` of a query is not valid. The message names it.",
  },
  "bad-request": { exit: "usage", meaning: "Another word of a query is not valid. The message names it." },
  "answer-too-large": {
    exit: "usage",
    meaning: "The answer would have too many bins or rows. The message gives a step that fits.",
  },
  "column-table": { exit: "failed", meaning: "The column table contradicts itself. This is a fault of the program." },
  "native-columns": {
    exit: "failed",
    meaning: "A block has too few or too many columns. This is a fault of the program.",
  },
} as const satisfies ErrorTable;

/** An error of this package; its exit status follows from its code. */
export class FlowsError extends errorClass(FLOWS_ERRORS) {}
