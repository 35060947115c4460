import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of alert rules and of where alerts are sent. */
export const ALERTS_ERRORS = {
  "alert-restart": { exit: "config", meaning: "A reload would change what alerts take at the start only." },
  "alert-rule": {
    exit: "config",
    meaning: "An alert rule, a silence or a channel is not valid. The message names it.",
  },
  "alert-secret": { exit: "noInput", meaning: "A file with the secret of a channel cannot be read." },
  "alert-not-sent": { exit: "failed", meaning: "A channel did not take a notification. The message is its answer." },
} as const satisfies ErrorTable;

export class AlertsError extends errorClass(ALERTS_ERRORS) {}
