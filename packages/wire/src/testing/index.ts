export {
  bytes,
  ipfix,
  ipfixOptions,
  set,
  template,
  type TestField,
  type TestHeader,
  type TestV5Record,
  v5,
  v9,
  v9Options,
} from "./messages.ts";
export { RecordingSink } from "./recording-sink.ts";
