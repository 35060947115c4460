import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of `ngflow export`. */
export const EXPORT_ERRORS = {
  "export-as-table": { exit: "usage", meaning: "The profile exports no AS numbers." },
  "export-fields": { exit: "usage", meaning: "The profile lacks these optional fields." },
  "export-format": { exit: "usage", meaning: "The profile lacks this format." },
  "export-input": {
    exit: "usage",
    meaning: "The command has no input, two inputs, or an option that does not fit its input.",
  },
  "export-interface": { exit: "os", meaning: "The interface does not exist or cannot be captured." },
  "export-key": { exit: "usage", meaning: "The profile has a fixed flow key." },
  "export-output": { exit: "cannotCreate", meaning: "The file with the exported datagrams cannot be written." },
  "export-refused": { exit: "failed", meaning: "Datagrams were refused by the collector's machine or not sent." },
  "export-sampling": { exit: "usage", meaning: "The profile has no sampling." },
  "export-thread": { exit: "failed", meaning: "A thread of the command ended unexpectedly." },
  "export-to": { exit: "usage", meaning: "The destination is not of a known form." },
  "export-unreachable": { exit: "os", meaning: "The destination has no address, or datagrams cannot be sent to it." },
  "export-unreadable": { exit: "noInput", meaning: "The capture file does not exist or cannot be read." },
  "export-workers": {
    exit: "usage",
    meaning: "Several threads need a profile with source ids, a UDP destination, and an interface or a file.",
  },
} as const satisfies ErrorTable;

export class ExportError extends errorClass(EXPORT_ERRORS) {}
