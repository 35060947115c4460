import { type MessageDescriptor, messagesOf } from "@ngflow/graph";
import type { CarBehaviour } from "./car-behaviour.ts";
import { configType, statsType } from "./car-types.ts";

const message = messagesOf<CarBehaviour>();

/** Messages of ng_car.h (reference: nodes.md §15). */
export const CAR_MESSAGES: readonly MessageDescriptor[] = [
  message({
    name: "getstats",
    cmd: 1,
    reply: statsType,
    summary: "Returns what passed, what was dropped, and the colours.",
    run: (car) => car.stats(),
  }),
  message({
    name: "clrstats",
    clears: "statistics",
    cmd: 2,
    summary: "Sets the statistics to zero.",
    run: (car) => void car.clear(),
  }),
  message({
    name: "getclrstats",
    clears: "statistics",
    cmd: 3,
    reply: statsType,
    summary: "Returns the statistics and sets them to zero.",
    run: (car) => car.clear(),
  }),
  message({
    name: "getconf",
    cmd: 4,
    reply: configType,
    summary: "Returns the settings of both directions.",
    run: (car) => car.config(),
  }),
  message({
    name: "setconf",
    cmd: 5,
    args: configType,
    summary: "Replaces the settings of both directions and fills their buckets; fields left out become 0.",
    run: (car, config) => car.configure(config),
  }),
];
