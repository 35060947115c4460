import { type StoryFlow, storyFlow, type StoryRecord } from "./story-flow.ts";

export const MINUTE_MS = 60_000;
/** The story is an hour long; while the demo runs, it begins again every hour. */
export const STORY_MINUTES = 60;

const TCP = 6;
const UDP = 17;
const SYN = 0x02;
/** SYN, PSH, ACK and FIN. */
const WHOLE = 0x1b;
const MEGABIT = 1_000_000;

/** Something that happens in the office in some minutes of the story, seen by its gateway. */
export interface StoryEvent {
  readonly name: string;
  /** First minute of the story in which it happens, and the first in which it is over. */
  readonly from: number;
  readonly to: number;
  /** Its flows in one minute. @param n minutes since it began @param startMs of the minute, Unix milliseconds */
  flows(n: number, startMs: number): StoryFlow[];
}

/** Both directions of a conversation that lasts the whole minute. */
function bothWays(record: Omit<StoryRecord, "inbound">, reply: { packets: number; bytes: number }): StoryFlow[] {
  const { from, to, fromPort, toPort } = record;
  return [
    storyFlow({ ...record, inbound: false }),
    storyFlow({ ...record, ...reply, from: to, to: from, fromPort: toPort, toPort: fromPort, inbound: true }),
  ];
}

/** Bytes of a minute at a rate, as packets of a size. */
function minuteAt(bitsPerSecond: number, packetBytes: number): { packets: number; bytes: number } {
  const packets = Math.round((bitsPerSecond * 60) / 8 / packetBytes);
  return { packets, bytes: packets * packetBytes };
}

const VIDEO_CALL: StoryEvent = {
  name: "a video call",
  from: 10,
  to: 35,
  flows: (_, startMs) =>
    bothWays(
      {
        ...{ from: "10.20.0.21", to: "203.0.113.90", fromPort: 50_022, toPort: 3478, protocol: UDP, tos: 0x88 },
        ...minuteAt(2.5 * MEGABIT, 1100),
        ...{ startMs, endMs: startMs + MINUTE_MS - 1 },
      },
      minuteAt(3.2 * MEGABIT, 1100),
    ),
};

/** Ports that the scan tries on one host, from 1. */
export const SCANNED_PORTS = 1024;

const SCAN: StoryEvent = {
  name: "a scan",
  from: 20,
  to: 21,
  flows: (_, startMs) =>
    Array.from({ length: SCANNED_PORTS }, (__, i) => {
      const atMs = startMs + Math.floor((i * 40_000) / SCANNED_PORTS);
      return storyFlow({
        ...{ from: "198.51.100.66", to: "10.20.0.30", fromPort: 40_000 + (i % 7), toPort: i + 1, protocol: TCP },
        ...{ packets: 1, bytes: 44, tcpFlags: SYN, startMs: atMs, endMs: atMs, inbound: true },
      });
    }),
};

/** Questions that one host asks in each of the minutes of the burst. */
export const DNS_QUESTIONS = 1500;

const DNS_BURST: StoryEvent = {
  name: "a DNS burst",
  from: 30,
  to: 32,
  flows: (n, startMs) =>
    Array.from({ length: DNS_QUESTIONS }, (_, i) => {
      const atMs = startMs + i * 38;
      const fromPort = 20_000 + n * DNS_QUESTIONS + i;
      return bothWays(
        {
          ...{ from: "10.20.0.35", to: "203.0.113.53", fromPort, toPort: 53, protocol: UDP },
          ...{ packets: 1, bytes: 78, startMs: atMs, endMs: atMs + 12 },
        },
        { packets: 1, bytes: 420 },
      );
    }).flat(),
};

/** How the uplink of 100 Mbit/s fills, in Mbit/s, a minute each. */
const FILLING = [12, 24, 38, 52, 64, 76, 86, 92, 92, 92, 92, 92, 60];
const CONNECTIONS = 4;

const FULL_LINK: StoryEvent = {
  name: "a link that fills",
  from: 40,
  to: 40 + FILLING.length,
  flows: (n, startMs) =>
    Array.from({ length: CONNECTIONS }, (_, i) => {
      const share = ((FILLING[n] ?? 0) * MEGABIT) / CONNECTIONS;
      return bothWays(
        {
          ...{ from: "10.20.0.44", to: "192.0.2.80", fromPort: 51_000 + i, toPort: 443, protocol: TCP },
          ...minuteAt(share / 40, 52),
          ...{ startMs, endMs: startMs + MINUTE_MS - 1, tcpFlags: WHOLE },
        },
        minuteAt(share, 1500),
      );
    }).flat(),
};

/** What happens in every hour of the story. */
export const EVENTS: readonly StoryEvent[] = [VIDEO_CALL, SCAN, DNS_BURST, FULL_LINK];

/** How long the backup takes, in minutes. */
export const BACKUP_MINUTES = 30;

/** A minute of the backup of last night, which is not in the hour of the others. */
export function backupFlows(startMs: number): StoryFlow[] {
  return bothWays(
    {
      ...{ from: "10.20.0.5", to: "203.0.113.20", fromPort: 45_873, toPort: 873, protocol: TCP, tos: 0x20 },
      ...minuteAt(40 * MEGABIT, 1440),
      ...{ startMs, endMs: startMs + MINUTE_MS - 1, tcpFlags: WHOLE },
    },
    minuteAt(MEGABIT, 60),
  );
}
