export { CaptureReader, LINK_TYPES } from "./capture/index.ts";
export { datagramEnd } from "./datagram/split-datagrams.ts";
export { Reassembly } from "./datagram/reassembly.ts";
export { udpPayload, type UdpPayload } from "./datagram/udp-payload.ts";
export type { AbstractType } from "./element/abstract-type.ts";
export { REVERSE_PEN } from "./element/enterprise/29305-reverse.ts";
export type { InformationElement } from "./element/information-element.ts";
export { addElement, elementById, elementByName, elementConflict, elementLabel } from "./element/registry.ts";
export { MALFORMED, type MalformedCode } from "./errors.ts";
export { type FramedMessage, MessageFramer } from "./ipfix/message-framer.ts";
export { agentOf, newMessageHeader } from "./message-header.ts";
export {
  type PacketColumns,
  ParsedPackets,
  parsePackets,
  SKIP_REASON_NAMES,
  SKIP_REASONS,
  type SkipReason,
} from "./packet/index.ts";
export { LISTEN_PORTS, NG_NETFLOW_PORT } from "./ports.ts";
export type { MessageDecoder, MessageHeader, MessageSink, Protocol, ProtocolCounter } from "./protocol.ts";
export { decodeMessage, protocolOf, PROTOCOLS } from "./protocols.ts";
export { type FieldValue, fieldValue, NTP_TO_UNIX_SECONDS } from "./record/field-value.ts";
export { formatTime } from "./record/format-time.ts";
export { locateFields } from "./record/locate-fields.ts";
export { fieldText } from "./record/field-text.ts";
export { withElements } from "./template/with-elements.ts";
export { DATA_TYPES, describedElement, isElementName } from "./element/type-information.ts";
export { fieldName, readRecord, type RecordReading } from "./record/read-record.ts";
export type {
  RecordFields,
  RecordValue,
  StructuredValue,
  TemplateLookup,
  TemplateRecords,
} from "./record/record-value.ts";
export { checkTemplate } from "./template/check-template.ts";
export { sameTemplate } from "./template/same-template.ts";
export {
  type FieldSpecifier,
  fieldSpecifier,
  newTemplate,
  type Template,
  V9_SCOPE_PEN,
  VARIABLE_LENGTH,
} from "./template/template.ts";
