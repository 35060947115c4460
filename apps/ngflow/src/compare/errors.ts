import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of `ngflow compare`. */
export const COMPARE_ERRORS = {
  "compare-no-nfdump": { exit: "noInput", meaning: "The program nfdump, which reads nfcapd's files, is not there." },
  "compare-no-files": { exit: "noInput", meaning: "The directory of nfcapd's files cannot be read, or has no flows." },
  "compare-nfdump": { exit: "failed", meaning: "The program nfdump failed. The message has its words." },
  "compare-range": { exit: "failed", meaning: "The store and nfcapd's files have no time in common." },
  "compare-margin": { exit: "usage", meaning: "The margin of a comparison is no duration." },
} as const satisfies ErrorTable;

export class CompareError extends errorClass(COMPARE_ERRORS) {}
