import type { Node } from "./node.ts";
import type { ControlMessage } from "./control-message.ts";
import type { MessageContext, MessageDescriptor, NodeSetting, NodeType } from "./node-type.ts";
import type { ParseType } from "./parse/parse-type.ts";

/** A row of a type whose nodes are `B`, with arguments `A` and reply `R`. */
export interface MessageRow<B, A, R> extends Omit<MessageDescriptor, "args" | "reply" | "run"> {
  readonly args?: ParseType<A>;
  readonly reply?: ParseType<R>;
  run(behaviour: B, args: A, context: MessageContext<NoInfer<R>>): NoInfer<R> | undefined;
}

/**
 * Rows of a type whose nodes are `B`. The types of arguments and reply are those of `args` and `reply`:
 * ```ts
 * const message = messagesOf<Source>();
 * message({
 *   name: "setpps",
 *   cmd: 8,
 *   args: uint32,
 *   summary: "Limits packets per second.",
 *   run: (source, pps) => source.setPps(pps),
 * });
 * ```
 */
export function messagesOf<B>() {
  return <A = undefined, R = void>(row: MessageRow<B, A, R>): MessageDescriptor => row as MessageDescriptor;
}

/** The setting that a message of that name makes. */
export function settingOf<A>(
  command: string,
  args: ParseType<A>,
  value: A,
  more: Partial<NodeSetting> = {},
): NodeSetting {
  return { command, data: args.write(value), ...more };
}

/** The row of a type that acts on such a message. */
export function rowOf(type: NodeType, { cookie, cmd }: ControlMessage): MessageDescriptor | undefined {
  return type.messages.find(
    (row) => row.run !== undefined && row.cmd >>> 0 === cmd >>> 0 && (row.cookie ?? type.cookie) === cookie,
  );
}

/**
 * Has a node act on a message. Returns the reply's bytes, if there is a reply.
 * @throws NgError EINVAL when the arguments are longer or shorter than the row's; what the handler throws.
 */
export function runRow(
  row: MessageDescriptor,
  target: Node,
  message: ControlMessage,
  origin: Pick<MessageContext, "from" | "viaHook">,
  respond: (data: Uint8Array) => void,
): Uint8Array | undefined {
  const { args, reply } = row;
  const encode = (value: unknown): Uint8Array => reply?.write(value) ?? new Uint8Array(0);
  const value = args === undefined ? undefined : args.read(message.data);
  const context: MessageContext = { message, ...origin, answer: (later) => respond(encode(later)) };
  const answer = row.run!(target.behaviour, value, context);
  return answer === undefined ? undefined : encode(answer);
}
