import { setTimeout as sleep } from "node:timers/promises";
import { formatIpv4 } from "@ngflow/base";
import type { Destination } from "../export/destination.ts";
import { openUdp } from "../export/udp-destination.ts";
import { MINUTE_MS } from "./events.ts";
import { STORY_EXPORTERS, type StoryExporter } from "./exporters.ts";
import { StoryMinutes } from "./minutes.ts";
import { FULL, StoryStream, type ToldSums } from "./story-stream.ts";

/** How often flows that have ended are sent. */
const TICK_MS = 2000;
/** Datagrams on the way to the collector: fewer than the smallest receive buffer of Linux holds. */
const WINDOW = 48;
/** How long the collector may take for them, and how often it is asked. */
const WINDOW_MS = 1000;
const ASK_MS = 2;
/** After a longer pause of the machine, or a larger step of its clock, what would have been sent is not. */
const PAUSE_MS = 5 * MINUTE_MS;

/** What the story needs of the demo. */
export interface StoryPlace {
  /** Where the collector listens for this machine. */
  readonly to: { readonly host: string; readonly port: number };
  /** Datagrams that the collector has received; null while it does not answer. */
  received(): Promise<number | null>;
  /** Unix milliseconds. */
  nowMs(): number;
}

interface StoryDeps extends StoryPlace {
  readonly seed: number;
  /** Whether the last day is sent first: not to a store that has one already. */
  readonly history: boolean;
}

/** The story, while it is told. */
export interface Story {
  /** What was sent of the past by each exporter, in the order of `STORY_EXPORTERS`. */
  readonly history: readonly Readonly<ToldSums>[];
  /** The same for the ready lines. */
  readonly line: string;
  stop(): Promise<void>;
}

/** Who tells the story, as `up` is given it. */
export interface StoryTeller {
  /** Addresses that the exporters send from. */
  readonly addresses: readonly string[];
  tell(place: StoryPlace): Promise<Story>;
}

/** One who tells, and the way to the collector. */
interface Teller {
  readonly exporter: StoryExporter;
  readonly stream: StoryStream;
  readonly socket: Destination;
}

/**
 * Sends the last day to the collector, as fast as it takes it, and from then on every flow when it ends. The flows are
 * IPFIX and NetFlow v9 in datagrams, as those of any exporter.
 * @throws ExportError if the collector's address cannot be used
 */
async function tellStory(deps: StoryDeps): Promise<Story> {
  const startMs = deps.nowMs();
  const minutes = new StoryMinutes(deps.seed, startMs);
  const tellers: Teller[] = [];
  try {
    for (const exporter of STORY_EXPORTERS) {
      const socket = await openFrom(deps.to, exporter.address);
      tellers.push({ exporter, stream: new StoryStream(exporter, startMs), socket });
    }
    if (deps.history) await tellHistory(tellers, minutes, deps);
  } catch (error) {
    for (const { socket } of tellers) socket.discard();
    throw error;
  }
  const history = tellers.map(({ stream }) => ({ ...stream.sums }));
  const timer = goOn(tellers, minutes, deps);
  return {
    history,
    line: storyLine(history),
    async stop() {
      clearInterval(timer);
      for (const { socket } of tellers) await socket.close();
    },
  };
}

/** An own address for each, where the system has all of 127.0.0.0/8; elsewhere its own port. */
async function openFrom({ host, port }: StoryDeps["to"], address: Uint8Array): Promise<Destination> {
  const to = `udp://${host}:${port}`;
  if (!host.startsWith("127.")) return openUdp(to);
  try {
    return await openUdp(to, address);
  } catch {
    return openUdp(to);
  }
}

async function tellHistory(tellers: readonly Teller[], minutes: StoryMinutes, deps: StoryDeps): Promise<void> {
  const before = (await deps.received()) ?? 0;
  let sent = 0;
  /** Waits until the collector has what was sent; one that does not answer loses, and counts what it lost. */
  const room = async (): Promise<void> => {
    const untilMs = performance.now() + WINDOW_MS;
    while (performance.now() < untilMs && ((await deps.received()) ?? 0) - before < sent) await sleep(ASK_MS);
  };
  const send = async ({ stream, socket }: Teller, least: number): Promise<void> => {
    for (let batch = stream.next(deps.nowMs(), least); batch; batch = stream.next(deps.nowMs(), least)) {
      socket.send(batch);
      if (++sent % WINDOW === 0) await room();
    }
  };
  for (const teller of tellers) {
    // Flows of a wrong clock are placed by their arrival: they have no past.
    if (teller.exporter.clockOffMs !== 0) continue;
    for (let minute = minutes.first; minute < 0; minute++) {
      teller.stream.add(minutes.flows(teller.exporter, minute));
      await send(teller, FULL);
    }
    await send(teller, 1);
  }
  await room();
}

function goOn(tellers: readonly Teller[], minutes: StoryMinutes, deps: StoryDeps): NodeJS.Timeout {
  let minute = 0;
  let due = tellers.map(({ exporter }) => minutes.flows(exporter, minute));
  return setInterval(() => {
    const nowMs = deps.nowMs();
    const current = Math.floor((nowMs - minutes.baseMs) / MINUTE_MS);
    if (Math.abs(current - minute) * MINUTE_MS > PAUSE_MS) {
      minute = current;
      due = tellers.map(({ exporter }) => minutes.flows(exporter, minute));
    }
    while (minute < current) {
      minute++;
      due = due.map((flows, i) => [...flows, ...minutes.flows(tellers[i]!.exporter, minute)]);
    }
    due = due.map((flows, i) => {
      const next = flows.findIndex(({ endMs }) => endMs > nowMs);
      const ended = next < 0 ? flows : flows.slice(0, next);
      const { stream, socket } = tellers[i]!;
      stream.add(ended);
      for (let batch = stream.next(nowMs); batch; batch = stream.next(nowMs)) socket.send(batch);
      return flows.slice(ended.length);
    });
  }, TICK_MS);
}

/** What was sent, for the ready lines. */
function storyLine(history: Story["history"]): string {
  const flows = history.reduce((sum, { records, lostRecords }) => sum + records - lostRecords, 0);
  if (flows === 0) return "goes on (docs/how-to/demo.md)";
  return `${flows.toLocaleString("en")} flows of the last day, more as they end (docs/how-to/demo.md)`;
}

/** @param seed of all flows @param history whether the last day is sent first */
export function storyTeller(seed: number, history: boolean): StoryTeller {
  return {
    addresses: STORY_EXPORTERS.map(({ address }) => formatIpv4(address, 0)),
    tell: (place) => tellStory({ ...place, seed, history }),
  };
}
