import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of `ngflow service`, `ngflow sysrc` and `ngflow munin`. */
export const SERVICE_ERRORS = {
  "graph-not-started": { exit: "os", meaning: "The graph's daemon could not be started in the background." },
  "install-foreign": { exit: "cannotCreate", meaning: "A file is not one that ngflow wrote. Move it away first." },
  "install-outside": {
    exit: "cannotCreate",
    meaning: "A symbolic link leads out of the installation directory of `--root`.",
  },
  "install-program": {
    exit: "usage",
    meaning: "The service could not run the program where it is. Install it elsewhere.",
  },
  "install-unwritable": { exit: "cannotCreate", meaning: "A file of the service cannot be written." },
  "munin-link": { exit: "usage", meaning: "The plugin's link does not name a graph." },
  "no-service-manager": {
    exit: "os",
    meaning: "The machine runs neither systemd nor FreeBSD's rc. Name one with `--for`.",
  },
  "no-such-service": { exit: "failed", meaning: "There is no service of this name." },
  "rc-conf": {
    exit: "config",
    meaning: "A line of an rc.conf file does not parse. The message has the file and the line.",
  },
  "rc-conf-too-long": { exit: "cannotCreate", meaning: "The rc.conf file would become too long. It was not changed." },
  "rc-conf-unreadable": { exit: "noInput", meaning: "An rc.conf file cannot be read." },
  "rc-conf-unwritable": { exit: "cannotCreate", meaning: "An rc.conf file cannot be written." },
  "rc-conf-value": { exit: "usage", meaning: "A value for rc.conf has a line end or a control character." },
  "serve-absent": {
    exit: "failed",
    meaning: "No `ngflow serve` uses the data directory, or its state cannot be read.",
  },
  "serve-silent": { exit: "failed", meaning: "`ngflow serve` does not answer." },
  "service-command": { exit: "os", meaning: "A command of the service manager failed." },
  "sysrc-name": { exit: "usage", meaning: "A word is not the name of a variable." },
} as const satisfies ErrorTable;

export class ServiceError extends errorClass(SERVICE_ERRORS) {}
