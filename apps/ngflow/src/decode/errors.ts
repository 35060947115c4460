import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of `ngflow decode`. */
export const DECODE_ERRORS = {
  "decode-damaged": {
    exit: "data",
    meaning: "The input is damaged. The message or the printed lines have the offset.",
  },
  "decode-empty": { exit: "data", meaning: "The input is empty." },
  "decode-foreign": { exit: "data", meaning: "The input is neither a capture nor flow datagrams." },
  "decode-no-flows": { exit: "data", meaning: "The capture has no NetFlow, IPFIX or sFlow datagram." },
  "decode-no-input": { exit: "noInput", meaning: "The input file cannot be opened." },
  "decode-read": { exit: "noInput", meaning: "The input could not be read to its end." },
} as const satisfies ErrorTable;

export class DecodeError extends errorClass(DECODE_ERRORS) {}
