import type { NodeType } from "@ngflow/graph";
import { CarBehaviour } from "./car-behaviour.ts";
import { CAR_MESSAGES } from "./car-messages.ts";

/** ng_car(4): committed access rate, by token buckets of RFC 2697 and RFC 2698, RED, or a queue. */
export const car: NodeType = {
  name: "car",
  cookie: 1173648034,
  summary: "Limits the rate of each direction: drops or delays what is above it.",
  role: "plain",
  hooks: [
    { name: "upper", summary: "One end; the `downstream` settings apply to what enters here." },
    { name: "lower", summary: "The other end; the `upstream` settings apply to what enters here." },
  ],
  messages: CAR_MESSAGES,
  dropReasons: {
    dropAction: "The action for the packet's colour does not forward it.",
    queueFull: "The queue of shaping was full, or RED dropped the packet.",
    unconnected: "The other hook was not connected, or the packet's own was removed while it waited.",
  },
  counters: {
    green: "Packets within the committed burst.",
    yellow: "Packets within the excess or peak burst, and those that were queued.",
    red: "Packets above that.",
  },
  gauges: { waiting: "Packets in the queues of shaping." },
  create: (context) => new CarBehaviour(context),
};
