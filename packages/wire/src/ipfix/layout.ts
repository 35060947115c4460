/**
 * IPFIX, RFC 7011, network byte order. Message header, 16 bytes: version(2) length(2) exportTime(4) sequenceNumber(4)
 * observationDomainId(4). Then sets: id(2) length(2, header included) body.
 */
export const IPFIX_HEADER_LENGTH = 16;
export const IPFIX_VERSION = 10;
/** Set id of templates. */
export const IPFIX_TEMPLATE_SET = 2;
/** Set id of options templates. */
export const IPFIX_OPTIONS_SET = 3;
