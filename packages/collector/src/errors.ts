import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of this package. */
export const COLLECTOR_ERRORS = {
  "listen-in-use": { exit: "os", meaning: "Another program uses the UDP or TCP port." },
  "listen-denied": { exit: "os", meaning: "The user may not bind the UDP or TCP port." },
  "listen-no-address": { exit: "os", meaning: "The machine does not have the address to listen on." },
  "listen-group": { exit: "os", meaning: "The multicast group to listen on cannot be joined." },
  "exporter-prefix": { exit: "config", meaning: "A prefix of the exporters that may send is not well formed." },
  "tee-loop": { exit: "usage", meaning: "The collector would send the datagrams to itself." },
  "tee-target": { exit: "os", meaning: "The system refused the address of another collector." },
  "listen-failed": { exit: "os", meaning: "The system refused the UDP or TCP port for another reason." },
  "tls-files": { exit: "usage", meaning: "A file that TLS needs is not named: certificate, key or authorities." },
  "tls-invalid": {
    exit: "config",
    meaning: "A file of TLS is not PEM, damaged, or the key is of another certificate.",
  },
  "tls-name": { exit: "usage", meaning: "A name that certificates of exporters must have is not well formed." },
  "tls-unreadable": {
    exit: "noInput",
    meaning: "A file of TLS cannot be read by the user that the collector runs as.",
  },
} as const satisfies ErrorTable;

export class CollectorError extends errorClass(COLLECTOR_ERRORS) {}
