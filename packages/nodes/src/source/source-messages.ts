import { type MessageDescriptor, messagesOf, NgError, RESPONSE, string, uint32, uint64 } from "@ngflow/graph";
import type { SourceBehaviour } from "./source-behaviour.ts";
import { counterType, leadingIndex, statsType, timestampType } from "./source-types.ts";

const plain = messagesOf<SourceBehaviour>();
/** Responses are refused, as the original refuses them. */
const message: typeof plain = (row) =>
  plain({
    ...row,
    run(source, args, context) {
      if ((context.message.flags & RESPONSE) !== 0) throw new NgError("EINVAL");
      return row.run(source, args, context);
    },
  });

/** Messages of ng_source.h (reference: nodes.md §8). */
export const SOURCE_MESSAGES: readonly MessageDescriptor[] = [
  message({
    name: "getstats",
    cmd: 1,
    reply: statsType,
    summary: "Returns the statistics.",
    run: (source) => source.statistics(),
  }),
  message({
    name: "clrstats",
    clears: "statistics",
    cmd: 2,
    summary: "Clears the statistics, the rate limit among them.",
    run: (source) => void source.clear(),
  }),
  message({
    name: "getclrstats",
    clears: "statistics",
    cmd: 3,
    reply: statsType,
    summary: "Returns the statistics and clears them.",
    run: (source) => source.clear(),
  }),
  message({
    name: "start",
    cmd: 4,
    args: uint64,
    summary: "Sends that many packets, over and over again.",
    run: (source, packets) => source.start(packets),
  }),
  message({ name: "stop", cmd: 5, summary: "Stops sending.", run: (source) => source.stop() }),
  message({
    name: "clrdata",
    clears: "stored packets",
    cmd: 6,
    summary: "Forgets the stored packets.",
    run: (source) => source.clearPackets(),
  }),
  message({
    name: "setiface",
    cmd: 7,
    args: string,
    summary: "Names the interface that `output` leads to.",
    run(source, name, { message: { data } }) {
      if (data.length < 2) throw new NgError("EINVAL");
      source.setInterface(name);
    },
  }),
  message({
    name: "setpps",
    cmd: 8,
    args: uint32,
    summary: "Limits packets per second; 0: no limit.",
    run: (source, packets) => source.setMaxPps(packets),
  }),
  message({
    name: "settimestamp",
    cmd: 9,
    args: timestampType,
    summary: "Writes the time of sending into packets: flag 1 turns it on.",
    run: ({ embedding }, timestamp) => void (embedding.timestamp = timestamp),
  }),
  message({
    name: "gettimestamp",
    cmd: 10,
    reply: timestampType,
    summary: "Returns what settimestamp set.",
    run: ({ embedding }) => embedding.timestamp,
  }),
  message({
    name: "setcounter",
    cmd: 11,
    args: counterType,
    summary: "Writes a counter into packets: flag 1 turns it on, flag 2 counts rounds through the store.",
    run: ({ embedding }, counter) => embedding.setCounter(counter),
  }),
  message({
    name: "getcounter",
    cmd: 12,
    args: leadingIndex,
    reply: counterType,
    summary: "Returns a counter by its index, 0 to 3.",
    run: ({ embedding }, index) => embedding.counter(index),
  }),
];
