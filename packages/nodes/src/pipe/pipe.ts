import type { NodeType } from "@ngflow/graph";
import { PipeBehaviour } from "./pipe-behaviour.ts";
import { PIPE_MESSAGES } from "./pipe-messages.ts";

/** The `pipe` type. @param random numbers from 0 to less than 1, for errors and duplicates. */
export function createPipeType(random: () => number): NodeType {
  return {
    name: "pipe",
    cookie: 200708191,
    summary: "Slows, delays, loses and duplicates packets between two hooks, like a faulty line.",
    role: "plain",
    hooks: [
      { name: "upper", summary: "One end; the `downstream` settings apply to what enters here." },
      { name: "lower", summary: "The other end; the `upstream` settings apply to what enters here." },
    ],
    messages: PIPE_MESSAGES,
    dropReasons: {
      queueFull: "Too many packets waited for the line (`queuelen`), or memory ran out.",
      delayFull: "More packets were on the line than `delaylen` allows.",
      bitErrors: "The packet was damaged, as often as `BER` says.",
      unconnected: "The other hook was not connected, or was removed while the packet waited.",
    },
    counters: { duplicates: "Packets made by duplication." },
    gauges: { waiting: "Packets that wait for the line, or are on it." },
    lastHook: "keep",
    create: (context) => new PipeBehaviour(context, random),
  };
}

/** ng_pipe: a line with bandwidth, delay, errors and duplication. */
export const pipe: NodeType = createPipeType(Math.random);
