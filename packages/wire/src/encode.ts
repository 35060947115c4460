export { elementByName } from "./element/registry.ts";
export { V5_MAX_RECORDS, writeFixedHeader } from "./fixed/encode.ts";
export { type FixedLayout, V1, V5, V7 } from "./fixed/layout.ts";
export { writeIpfixHeader } from "./ipfix/encode.ts";
export { IPFIX_HEADER_LENGTH, IPFIX_TEMPLATE_SET } from "./ipfix/layout.ts";
export { writeV9Header } from "./v9/encode.ts";
export { V9_HEADER_LENGTH, V9_TEMPLATE_SET } from "./v9/layout.ts";
export {
  type OptionsTemplateLayout,
  recordBytes,
  type TemplateField,
  type TemplateLayout,
  templateSetBytes,
  writeOptionsTemplateSet,
  writeTemplateSet,
} from "./v9/template-set.ts";
