import { convertToAscii, convertToBinary } from "./ascii-conversion.ts";
import { NgError } from "./ng-error.ts";
import { connectType, GENERIC, mkpeerType, nameType, rmhookType } from "./generic-types.ts";
import { encodeHookList, encodeNodeInfo, encodeNodeList, encodeTypeList } from "./list-reply.ts";
import type { Node } from "./node.ts";
import type { ControlMessage } from "./control-message.ts";
import { NAME_BYTES, PATH_BYTES } from "./parse/string.ts";
import type { TypeUse } from "./type-registry.ts";

/** What the generic messages need of the graph. Operations throw NgError. */
export interface GenericOperations {
  mkpeerAt(node: Node, type: string, hook: string, peerHook: string): unknown;
  connectAt(node: Node, path: string, hook: string, peerHook: string): void;
  rename(node: Node, name: string): void;
  removeHook(node: Node, hook: string): void;
  shutdownNode(node: Node): void;
  listNodes(): Iterable<Node>;
  listNames(): Iterable<Node>;
  listTypes(): readonly TypeUse[];
}

/** A name as far as its buffer has room for a terminating zero. */
function cut(name: string, buffer = NAME_BYTES): string {
  return name.slice(0, buffer - 1);
}

/**
 * Answers a generic message (reference: netgraph.md §1). "forward": the node itself is asked, as for text status.
 * @throws NgError of the operation; EINVAL for unknown commands and wrong sizes.
 */
export function answerGeneric(
  operations: GenericOperations,
  node: Node,
  message: ControlMessage,
): Uint8Array | undefined | "forward" {
  const { data } = message;
  switch (message.cmd) {
    case GENERIC.shutdown:
      operations.shutdownNode(node);
      return undefined;
    case GENERIC.mkpeer: {
      const { type, ourhook, peerhook } = mkpeerType.read(data);
      operations.mkpeerAt(node, cut(type), cut(ourhook), cut(peerhook));
      return undefined;
    }
    case GENERIC.connect: {
      const { path, ourhook, peerhook } = connectType.read(data);
      operations.connectAt(node, cut(path, PATH_BYTES), cut(ourhook), cut(peerhook));
      return undefined;
    }
    case GENERIC.name:
      operations.rename(node, cut(nameType.read(data).name));
      return undefined;
    case GENERIC.rmhook:
      operations.removeHook(node, cut(rmhookType.read(data).hook));
      return undefined;
    case GENERIC.nodeinfo:
      return encodeNodeInfo(node);
    case GENERIC.listhooks:
      return encodeHookList(node);
    case GENERIC.listnames:
      return encodeNodeList(operations.listNames());
    case GENERIC.listnodes:
      return encodeNodeList(operations.listNodes());
    case GENERIC.listtypes:
      return encodeTypeList(operations.listTypes());
    case GENERIC.ascii2binary:
      return convertToBinary(node.type, data);
    case GENERIC.binary2ascii:
      return convertToAscii(node.type, data);
    case GENERIC.textstatus:
    case GENERIC.textconfig:
      return "forward";
    default:
      throw new NgError("EINVAL");
  }
}
