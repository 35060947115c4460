import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors in options and in the configuration file. */
export const OPTIONS_ERRORS = {
  "capture-filter": { exit: "usage", meaning: "The filter for captured packets does not compile." },
  "config-invalid": {
    exit: "config",
    meaning: "The configuration file has an unknown key or a wrong value. The message names it.",
  },
  "config-syntax": { exit: "config", meaning: "The configuration file is not valid YAML." },
  "config-write": { exit: "failed", meaning: "A configuration file cannot be written; one that exists is kept." },
  "config-unreadable": { exit: "noInput", meaning: "The configuration file cannot be read." },
  "elements-invalid": {
    exit: "config",
    meaning: "The file of elements (`--elements`) has a wrong entry. The message names the line.",
  },
  "elements-unreadable": { exit: "noInput", meaning: "The file of elements (`--elements`) cannot be read." },
  "file-unreadable": { exit: "noInput", meaning: "The file of an option, such as `--alerts`, cannot be read." },
  "libpcap-absent": {
    exit: "os",
    meaning: "A filter expression needs libpcap. Install it, or give the program that `tcpdump -ddd` prints.",
  },
  "metrics-invalid": { exit: "config", meaning: "A query of `--metrics` is not valid. The message names it." },
  "reports-invalid": { exit: "config", meaning: "A report of `--reports` is not valid. The message names it." },
  "tee-key": {
    exit: "noInput",
    meaning:
      "The file of a key that anonymises (`--tee udp://…?anonymise=FILE`, `--anonymise`) cannot be read, or is not a key.",
  },
  "token-unreadable": {
    exit: "noInput",
    meaning: "The token, certificate or key of the console cannot be read by the user that the daemon runs as.",
  },
  usage: {
    exit: "usage",
    meaning: "An argument or option of the command is missing, unknown or does not fit the others. See `--help`.",
  },
} as const satisfies ErrorTable;

export class OptionsError extends errorClass(OPTIONS_ERRORS) {}
