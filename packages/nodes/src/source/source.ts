import type { NodeType } from "@ngflow/graph";
import { readInterface } from "@ngflow/os";
import { type InterfaceExists, SourceBehaviour } from "./source-behaviour.ts";
import { SOURCE_MESSAGES } from "./source-messages.ts";

/** ng_source(4), with the interfaces that `setiface` may name: by default those of the machine. */
export function createSourceType(
  interfaceExists: InterfaceExists = (name) => readInterface(name) !== undefined,
): NodeType {
  return {
    name: "source",
    cookie: 1110646684,
    summary: "Stores packets and sends them again and again at a given rate.",
    role: "generator",
    hooks: [
      { name: "input", summary: "Packets arriving here are stored." },
      { name: "output", summary: "Stored packets leave here; packets arriving here are discarded." },
    ],
    messages: SOURCE_MESSAGES,
    dropReasons: {
      queueFull: "The store holds 65,536 packets or 16 MiB already.",
      arrivedAtOutput: "The packet arrived at `output`.",
    },
    counters: {
      sentFrames: "Packets sent; clrstats does not change it.",
      sentOctets: "Their octets.",
    },
    gauges: {
      queueFrames: "Packets in the store.",
      queueOctets: "Their octets.",
    },
    lastHook: "decide",
    create: (context) => new SourceBehaviour(context, interfaceExists),
  };
}

export const source: NodeType = createSourceType();
