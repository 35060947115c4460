import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of `ngflow replay`. */
export const REPLAY_ERRORS = {
  "replay-option": { exit: "usage", meaning: "An option does not fit the destination or another option." },
  "replay-dense": { exit: "failed", meaning: "More stored flows are equal in time and ports than an answer has." },
  "replay-refused": { exit: "failed", meaning: "Datagrams were refused by the collector's machine or not sent." },
  "replay-source": { exit: "os", meaning: "The system does not let this user send from the addresses of others." },
} as const satisfies ErrorTable;

export class ReplayError extends errorClass(REPLAY_ERRORS) {}
