import { errorClass, type ErrorTable } from "@ngflow/base";

/** The errors of capture files. */
export const CAPTURE_ERRORS = {
  "capture-damaged": { exit: "data", meaning: "The capture file is damaged. The packets before the offset were used." },
  "capture-foreign": { exit: "data", meaning: "The file is not a pcap or pcapng capture." },
} as const satisfies ErrorTable;

export class CaptureError extends errorClass(CAPTURE_ERRORS) {}
