import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of where stored flows are sent. */
export const OUT_ERRORS = {
  "out-url": { exit: "usage", meaning: "A destination of flows (`--out`) is not valid. The message says why." },
  "out-refused": {
    exit: "failed",
    meaning:
      "A destination of flows refuses a request for what is in it. Its flows are sent in smaller requests; one that is refused alone six times is left out and counted.",
  },
  "out-failed": { exit: "failed", meaning: "A destination of flows did not take them. They are sent again." },
} as const satisfies ErrorTable;

export class OutError extends errorClass(OUT_ERRORS) {}
