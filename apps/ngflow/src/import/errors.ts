import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of `ngflow import`. */
export const IMPORT_ERRORS = {
  "import-directory": { exit: "cannotCreate", meaning: "The data directory cannot be written." },
  "import-held": { exit: "os", meaning: "Another import works on the data directory." },
  "import-no-input": { exit: "noInput", meaning: "A file to import cannot be read." },
} as const satisfies ErrorTable;

export class ImportError extends errorClass(IMPORT_ERRORS) {}
