export { CaptureReader, type FrameChoice, type RecordScanner } from "./capture-reader.ts";
export { LINK_TYPES } from "./link-type.ts";
