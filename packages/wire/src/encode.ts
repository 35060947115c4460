export { IPFIX_HEADER_BYTES, IPFIX_TEMPLATE_SET_ID, writeIpfixHeader } from "./ipfix/encode.ts";
export { V5_HEADER_BYTES, V5_MAX_RECORDS, V5_RECORD_BYTES, writeV5Header } from "./v5/encode.ts";
export { V9_HEADER_BYTES, V9_TEMPLATE_SET_ID, writeV9Header } from "./v9/encode.ts";
export {
  type OptionsTemplateLayout,
  recordBytes,
  type TemplateField,
  type TemplateLayout,
  templateSetBytes,
  writeOptionsTemplateSet,
  writeTemplateSet,
} from "./v9/template-set.ts";
