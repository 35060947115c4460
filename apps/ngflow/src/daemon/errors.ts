import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of the daemons: graph, collector, store and console. */
export const DAEMON_ERRORS = {
  "collector-held": {
    exit: "os",
    meaning: "Another collector uses the data directory. Stop it, or name another with `--data`.",
  },
  "daemon-ended": { exit: "failed", meaning: "The process of the graph or of the collector ended unexpectedly." },
  "data-directory": { exit: "cannotCreate", meaning: "The data directory cannot be used by the daemons." },
  "graph-failed": { exit: "failed", meaning: "The graph's thread failed." },
  "graph-refused": { exit: "os", meaning: "The graph refused a command that builds it." },
  "graph-stop-timeout": { exit: "failed", meaning: "The graph did not stop in time. Cached flows were lost." },
  "no-reload": { exit: "failed", meaning: "The daemon cannot read its configuration again: it is starting." },
  "no-default-route": {
    exit: "os",
    meaning: "The machine has no default route. Name the interface to meter with `--interface`.",
  },
  "no-such-user": { exit: "config", meaning: "The user of `--user` does not exist." },
  "no-privilege": {
    exit: "os",
    meaning: "The process lacks a capability that capturing or inline mode needs. Run it with sudo.",
  },
  "no-such-interface": { exit: "os", meaning: "The machine has no interface of this name." },
  "not-ethernet": { exit: "os", meaning: "Inline mode is for Ethernet interfaces only." },
  "only-default-route": {
    exit: "os",
    meaning: "Inline mode would cut the machine off the network. Add `--force` if you have another way to reach it.",
  },
} as const satisfies ErrorTable;

export class DaemonError extends errorClass(DAEMON_ERRORS) {}
