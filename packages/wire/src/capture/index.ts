export { CaptureReader, type FrameChoice } from "./capture-reader.ts";
export { LINK_TYPES } from "./link-type.ts";
