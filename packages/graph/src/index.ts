export { type Address, idAddress, parseAddress, parseIdAddress } from "./address.ts";
export { askNode, isQuestion } from "./ask-node.ts";
export { asciiToBinary, binaryToAscii } from "./ascii-conversion.ts";
export { bytesOfText, displayText, textOfBytes, toByteString } from "./byte-string.ts";
export { BatchCopies } from "./batch-copies.ts";
export type { ControlSocket, ControlSocketEvents } from "./control-socket.ts";
export { createGraph } from "./create-graph.ts";
export { NgError } from "./ng-error.ts";
export { GENERIC, GENERIC_MESSAGES } from "./generic-types.ts";
export type { Graph, GraphOptions } from "./graph.ts";
export { guardedType } from "./guarded-type.ts";
export type { GraphHistory, HistoryStep } from "./history/graph-history.ts";
export { graphAt } from "./history/structure-replay.ts";
export { hookDescriptor } from "./hook-descriptor.ts";
export { Hook } from "./hook.ts";
export {
  decodeHookList,
  decodeNodeInfo,
  decodeNodeList,
  decodeTypeList,
  type HookList,
  type LinkInfo,
  type NodeInfo,
  type TypeInfo,
} from "./list-reply.ts";
export {
  decodeMessage,
  encodeMessage,
  FLOW_COOKIE,
  GENERIC_COOKIE,
  HEADER_BYTES,
  LINK_IS_DOWN,
  LINK_IS_UP,
  MESSAGE_VERSION,
  RESPONSE,
  responseTo,
} from "./message.ts";
export { type MessageRow, messagesOf, settingOf } from "./message-row.ts";
export { Node, type NodeId } from "./node.ts";
export {
  type HookContent,
  type HookDescriptor,
  type MessageContext,
  type MessageDescriptor,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type NodeType,
} from "./node-type.ts";
export { type ControlMessage, HASREPLY, READONLY, type ReplyAddress } from "./control-message.ts";
export { METER_COUNTER, NODE_ROLES, type NodeRole } from "./node-role.ts";
export { nodeTypeFault } from "./node-type-fault.ts";
export { type ControlSocketOptions, openControlSocket } from "./open-control-socket.ts";
export { parseArgs, unparseArgs } from "./parse/arguments.ts";
export { byteArray, fixedArray, variableArray } from "./parse/array.ts";
export {
  hint16,
  hint32,
  hint64,
  hint8,
  int16,
  int32,
  int64,
  int8,
  uint16,
  uint32,
  uint64,
  uint8,
} from "./parse/integer.ts";
export { enaddr, ipaddr } from "./parse/network-address.ts";
export { append, appendZeros } from "./parse/output.ts";
export type {
  LengthOf,
  ParseCursor,
  ParseOutput,
  ParseType,
  TextType,
  UnparseContext,
  ValueOf,
} from "./parse/parse-type.ts";
export {
  fixedString,
  hookString,
  NAME_BYTES,
  nodeString,
  parseString,
  PATH_BYTES,
  pathString,
  quoteBytes,
  sizedString,
  string,
  typeString,
} from "./parse/string.ts";
export { type StructOf, structType } from "./parse/struct.ts";
export { typeOf } from "./parse/values.ts";
export { type ValueInput, type ValueOutput } from "./parse/value-bytes.ts";
export type { GraphCounters, GraphSnapshot, HookSnapshot, NodeSnapshot } from "./snapshot.ts";
export { SOCKET_TYPE } from "./socket-type.ts";
export { type ModuleInfo, moduleOf, type TypeUse } from "./type-registry.ts";
export { type EdgeEnd, type GraphChange } from "./structure/graph-change.ts";
export { ChangeTracker } from "./structure/change-tracker.ts";
export { nodeSnapshot } from "./node-snapshot.ts";
export { type Journal } from "./structure/journal.ts";
export { structureNode } from "./structure/structure-node.ts";
export { type Structure, structureFrom, type StructureNode } from "./structure/structure.ts";
export { structureOf } from "./structure/structure-of.ts";
export { type Undo, undoOf } from "./structure/undo.ts";
