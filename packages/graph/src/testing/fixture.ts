import { type Clock, toHex } from "@ngflow/base";
import type { ControlSocketEvents } from "../control-socket.ts";
import { decodeMessage } from "../message.ts";
import type { NodeBehaviour, NodeContext, NodeType } from "../node-type.ts";
import type { ControlMessage } from "../control-message.ts";

/** A clock that does not advance until it is set. */
export class ManualClock implements Clock {
  ms = 1_700_000_000_000;

  nowMs(): number {
    return this.ms;
  }

  monotonicMs(): number {
    return this.ms;
  }
}

/** A type whose nodes behave as `behave` says; everything else about it is plain. */
export function testType(
  name: string,
  behave: (context: NodeContext) => NodeBehaviour = () => ({}),
  more: Partial<NodeType> = {},
): NodeType {
  return {
    name,
    cookie: 4711,
    summary: "A test type.",
    role: "plain",
    hooks: [],
    messages: [],
    dropReasons: {},
    create: behave,
    ...more,
  };
}

/** What a program at a control socket has received. */
export class Received implements ControlSocketEvents {
  readonly messages: { from: string; message: ControlMessage }[] = [];
  readonly packets: string[] = [];

  onMessage(from: string, message: Uint8Array): void {
    this.messages.push({ from, message: decodeMessage(message) });
  }

  onData(hook: string, packet: Uint8Array): void {
    this.packets.push(`${hook} ${toHex(packet)}`);
  }
}

/** The errno that a task throws, 0 when it does not. */
export function errnoOf(task: () => unknown): number {
  try {
    task();
    return 0;
  } catch (error) {
    if (error instanceof Error && "errno" in error) return error.errno as number;
    throw error;
  }
}
