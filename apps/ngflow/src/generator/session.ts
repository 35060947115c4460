import type { Rng } from "@ngflow/base";
import { type Application, APPLICATIONS } from "./applications.ts";
import type { Endpoint, FrameFacts } from "./frame.ts";
import { type Population, unit, zipf } from "./population.ts";

const PROTOCOL = { tcp: 6, udp: 17, icmp: 1, icmp6: 58 } as const;
const SYN = 0x02;
const FIN_ACK = 0x11;
const PUSH_ACK = 0x18;
const SHARE_TOTAL = APPLICATIONS.reduce((sum, application) => sum + application.share, 0);

/** One running session: its next packet and when it is due. */
export interface Session {
  readonly application: Application;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly protocol: number;
  readonly packets: number;
  readonly intervalMs: number;
  sent: number;
  nextMs: number;
}

/** A packet of a session: its fields, and whether it comes from the server, that is, is received. */
export interface SessionPacket extends FrameFacts {
  readonly fromServer: boolean;
}

function chooseApplication(rng: Rng): Application {
  let left = unit(rng) * SHARE_TOTAL;
  for (const application of APPLICATIONS) {
    left -= application.share;
    if (left < 0) return application;
  }
  return APPLICATIONS[0]!;
}

/** Starts a session at `nowMs`; hosts by popularity, a quarter over IPv6, length Pareto-distributed (shape 1.2). */
export function openSession(population: Population, rng: Rng, nowMs: number): Session {
  const application = chooseApplication(rng);
  const client = population.clients[zipf(rng, population.clients.length)]!;
  const server = population.servers[zipf(rng, population.servers.length)]!;
  const v6 = unit(rng) < 0.25;
  const icmp = application.protocol === "icmp";
  const protocol = icmp ? (v6 ? PROTOCOL.icmp6 : PROTOCOL.icmp) : PROTOCOL[application.protocol];
  const l4 = 32768 + Math.floor(unit(rng) * 28000);
  const pareto = application.packetsMedian * (2 * (1 - unit(rng))) ** (-1 / 1.2);
  return {
    application,
    client: { mac: client.mac, address: v6 ? client.ipv6 : client.ipv4, l4 },
    server: { mac: server.mac, address: v6 ? server.ipv6 : server.ipv4, l4: icmp ? l4 : application.serverPort },
    protocol,
    packets: Math.max(2, Math.min(application.packetsMax, Math.round(pareto))),
    intervalMs: 1000 / (application.ratePps * (0.5 + unit(rng))),
    sent: 0,
    nextMs: nowMs,
  };
}

/** Fields of the session's next packet. Advances the session. */
export function nextPacket(session: Session, rng: Rng): SessionPacket {
  const { application, protocol, packets } = session;
  const i = session.sent++;
  session.nextMs += session.intervalMs * (0.5 + unit(rng));
  const last = i >= packets - 2;
  const alternates = application.protocol !== "tcp" ? application.downShare === 0.5 : i < 2 || last;
  const fromServer = alternates ? i % 2 === 1 : unit(rng) < application.downShare;
  const control = protocol === PROTOCOL.tcp && (i < 2 || last);
  const size = control ? 40 : fromServer ? application.downBytes : application.upBytes;
  return {
    protocol,
    tos: application.tos,
    tcpFlags: i === 0 ? SYN : i === 1 ? SYN | 0x10 : last ? FIN_ACK : PUSH_ACK,
    ipBytes: control ? size : Math.min(1500, Math.round(size * (0.8 + 0.3 * unit(rng)))),
    sequence: i,
    icmpType: protocol === PROTOCOL.icmp6 ? (fromServer ? 129 : 128) : fromServer ? 0 : 8,
    fromServer,
  };
}
