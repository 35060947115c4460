import {
  hint16,
  hint8,
  int32,
  int64,
  type MessageDescriptor,
  string,
  structType,
  uint32,
  uint64,
  uint8,
} from "@ngflow/graph";

/** Command numbers of ng_source.h (reference: nodes.md §8). */
export const SOURCE_COMMAND = {
  getstats: 1,
  clrstats: 2,
  getclrstats: 3,
  start: 4,
  stop: 5,
  clrdata: 6,
  setiface: 7,
  setpps: 8,
  settimestamp: 9,
  gettimestamp: 10,
  setcounter: 11,
  getcounter: 12,
} as const;

/** `struct timeval` of amd64: two 64-bit numbers. */
const timevalType = structType([
  ["tv_sec", int64],
  ["tv_usec", int64],
]);

const statsType = structType([
  ["outOctets", uint64],
  ["outFrames", uint64],
  ["queueOctets", uint32],
  ["queueFrames", uint32],
  ["maxPps", uint32],
  ["startTime", timevalType],
  ["endTime", timevalType],
  ["elapsedTime", timevalType],
  ["lastTime", timevalType],
]);

const timestampType = structType([
  ["offset", hint16],
  ["flags", hint8],
]);

const counterType = structType([
  ["offset", hint16],
  ["flags", hint8],
  ["width", uint8],
  ["next_val", uint32],
  ["min_val", uint32],
  ["max_val", uint32],
  ["increment", int32],
  ["index", uint8],
]);

export const SOURCE_MESSAGES: readonly MessageDescriptor[] = [
  { name: "getstats", cmd: SOURCE_COMMAND.getstats, reply: statsType, summary: "Returns the statistics." },
  { name: "clrstats", cmd: SOURCE_COMMAND.clrstats, summary: "Clears the statistics, the rate limit among them." },
  {
    name: "getclrstats",
    cmd: SOURCE_COMMAND.getclrstats,
    reply: statsType,
    summary: "Returns the statistics and clears them.",
  },
  { name: "start", cmd: SOURCE_COMMAND.start, args: uint64, summary: "Sends that many packets, over and over again." },
  { name: "stop", cmd: SOURCE_COMMAND.stop, summary: "Stops sending." },
  { name: "clrdata", cmd: SOURCE_COMMAND.clrdata, summary: "Forgets the stored packets." },
  {
    name: "setiface",
    cmd: SOURCE_COMMAND.setiface,
    args: string,
    summary: "Names the interface that `output` leads to.",
  },
  { name: "setpps", cmd: SOURCE_COMMAND.setpps, args: uint32, summary: "Limits packets per second; 0: no limit." },
  {
    name: "settimestamp",
    cmd: SOURCE_COMMAND.settimestamp,
    args: timestampType,
    summary: "Writes the time of sending into packets: flag 1 turns it on.",
  },
  {
    name: "gettimestamp",
    cmd: SOURCE_COMMAND.gettimestamp,
    reply: timestampType,
    summary: "Returns what settimestamp set.",
  },
  {
    name: "setcounter",
    cmd: SOURCE_COMMAND.setcounter,
    args: counterType,
    summary: "Writes a counter into packets: flag 1 turns it on, flag 2 counts rounds through the store.",
  },
  {
    name: "getcounter",
    cmd: SOURCE_COMMAND.getcounter,
    args: uint8,
    reply: counterType,
    summary: "Returns a counter by its index, 0 to 3.",
  },
];
