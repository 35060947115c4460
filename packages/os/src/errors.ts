import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of this package. Those of the kernel are `KernelError`s: their code is the errno's name. */
export const OS_ERRORS = {
  "not-linux": {
    exit: "os",
    meaning: "Interfaces can be captured on Linux only. Meter a capture file with `ngflow export -r FILE`.",
  },
  "no-koffi": { exit: "os", meaning: "The koffi package has no binary for this machine. Run `npm ci` on it." },
} as const satisfies ErrorTable;

export class OsError extends errorClass(OS_ERRORS) {}
