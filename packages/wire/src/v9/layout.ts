/**
 * NetFlow v9, RFC 3954, network byte order. Header, 20 bytes: version(2) count(2) sysUptime(4) unixSecs(4)
 * sequenceNumber(4) sourceId(4). Then flowsets: id(2) length(2, header included) body.
 */
export const V9_HEADER_LENGTH = 20;
/** Flowset id of templates. */
export const V9_TEMPLATE_SET = 0;
/** Flowset id of options templates. */
export const V9_OPTIONS_SET = 1;

/** Names of the scope field types of options templates, RFC 3954 section 6.1. */
export const V9_SCOPES: readonly (string | undefined)[] = [
  undefined,
  "system",
  "interface",
  "lineCard",
  "cache",
  "template",
];
