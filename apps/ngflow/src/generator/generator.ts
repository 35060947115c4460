import { PacketBatch, type Rng } from "@ngflow/base";
import { writeFrame } from "./frame.ts";
import { createPopulation, type Population, unit } from "./population.ts";
import { nextPacket, openSession, type Session } from "./session.ts";

const FRAME_MAX = 1514;
const BATCH_PACKETS = 512;
const SESSIONS_MAX = 2000;

/** Receives the packets of one moment, by direction as seen from the interface. */
export interface GeneratedPackets {
  readonly received: PacketBatch;
  readonly sent: PacketBatch;
}

export interface Generator {
  /**
   * Makes the packets due up to `nowMs` (Unix milliseconds) and passes them on in batches that are valid only during
   * the call. At most one second of delay is caught up. The same seed and times give the same packets.
   */
  advance(nowMs: number, deliver: (packets: GeneratedPackets) => void): void;
}

export interface GeneratorConfig {
  readonly rng: Rng;
  /** Mean number of new sessions per second. The daily wave is five minutes long here. */
  readonly sessionsPerSecond?: number;
  readonly clients?: number;
  readonly servers?: number;
}

/** A seeded office network: heavy-tailed sessions of the applications in `applications.ts`, IPv4 and IPv6. */
export function createGenerator(config: GeneratorConfig): Generator {
  const { rng } = config;
  const sessionsPerSecond = config.sessionsPerSecond ?? 25;
  const population: Population = createPopulation(config.clients ?? 60, config.servers ?? 240);
  const buffer = new Uint8Array(2 * BATCH_PACKETS * FRAME_MAX);
  const packets = { received: new PacketBatch(BATCH_PACKETS, buffer), sent: new PacketBatch(BATCH_PACKETS, buffer) };
  let sessions: Session[] = [];
  let lastMs = Number.NaN;
  let used = 0;

  function flush(deliver: (packets: GeneratedPackets) => void): void {
    if (packets.received.count + packets.sent.count > 0) deliver(packets);
    packets.received.count = packets.sent.count = used = 0;
  }

  function emit(session: Session, timeMs: number, deliver: (packets: GeneratedPackets) => void): void {
    const facts = nextPacket(session, rng);
    const batch = facts.fromServer ? packets.received : packets.sent;
    if (batch.count === BATCH_PACKETS) flush(deliver);
    const from = facts.fromServer ? session.server : session.client;
    const length = writeFrame(buffer, used, from, from === session.server ? session.client : session.server, facts);
    batch.push(used, length, length, Math.round(timeMs * 1000));
    used += FRAME_MAX;
  }

  function arrivals(fromMs: number, toMs: number): void {
    const wave = 1 + 0.45 * Math.sin((2 * Math.PI * toMs) / 300_000);
    let due = (sessionsPerSecond * wave * (toMs - fromMs)) / 1000;
    while (due > 0 && sessions.length < SESSIONS_MAX) {
      if (unit(rng) < due) sessions.push(openSession(population, rng, fromMs + unit(rng) * (toMs - fromMs)));
      due -= 1;
    }
  }

  return {
    advance(nowMs, deliver) {
      const fromMs = Number.isNaN(lastMs) ? nowMs : Math.max(lastMs, nowMs - 1000);
      lastMs = nowMs;
      arrivals(fromMs, nowMs);
      for (const session of sessions) {
        if (session.nextMs < fromMs) session.nextMs = fromMs;
        while (session.nextMs <= nowMs && session.sent < session.packets) emit(session, session.nextMs, deliver);
      }
      flush(deliver);
      sessions = sessions.filter((session) => session.sent < session.packets);
    },
  };
}
