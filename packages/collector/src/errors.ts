import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of this package. */
export const COLLECTOR_ERRORS = {
  "listen-in-use": { exit: "os", meaning: "Another program uses the UDP port." },
  "listen-denied": { exit: "os", meaning: "The user may not bind the UDP port." },
  "listen-no-address": { exit: "os", meaning: "The machine does not have the address to listen on." },
  "exporter-prefix": { exit: "config", meaning: "A prefix of the exporters that may send is not well formed." },
  "tee-loop": { exit: "usage", meaning: "The collector would send the datagrams to itself." },
  "tee-target": { exit: "os", meaning: "The system refused the address of another collector." },
  "listen-failed": { exit: "os", meaning: "The system refused the UDP port for another reason." },
} as const satisfies ErrorTable;

export class CollectorError extends errorClass(COLLECTOR_ERRORS) {}
