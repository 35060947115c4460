export type { ControlSocket, ControlSocketEvents } from "./control-socket.ts";
export { E, ERRNO, type ErrnoName, NgError, strerror } from "./errno.ts";
export { Hook } from "./hook.ts";
export { Node, type NodeId } from "./node.ts";
export {
  type ControlMessage,
  HASREPLY,
  type HookDescriptor,
  type MessageDescriptor,
  type NodeBehaviour,
  type NodeContext,
  type NodeType,
  READONLY,
  type ReplyAddress,
} from "./node-type.ts";
export { PacketBatch } from "./packet-batch.ts";
export type { ParseCursor, ParseOutput, ParseType, UnparseContext } from "./parse/parse-type.ts";
export type { GraphSnapshot, HookSnapshot, NodeSnapshot } from "./snapshot.ts";
