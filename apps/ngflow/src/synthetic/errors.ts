import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of `ngflow generate`. */
export const GENERATE_ERRORS = {
  "generate-option": {
    exit: "usage",
    meaning: "An option does not fit the format, the destination or another option.",
  },
  "generate-refused": { exit: "failed", meaning: "Datagrams were refused by the collector's machine or not sent." },
} as const satisfies ErrorTable;

export class GenerateError extends errorClass(GENERATE_ERRORS) {}
