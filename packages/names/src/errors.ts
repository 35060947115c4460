import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of this package. */
export const NAMES_ERRORS = {
  "names-unreadable": { exit: "noInput", meaning: "A file or an address that names come from cannot be read." },
  "names-invalid": { exit: "data", meaning: "A file that names come from is damaged, or of another format." },
} as const satisfies ErrorTable;

export class NamesError extends errorClass(NAMES_ERRORS) {}
