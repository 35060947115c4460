import type { Rng } from "@ngflow/base";
import { APPLICATIONS } from "../generator/applications.ts";
import { createPopulation, type Host } from "../generator/population.ts";
import { AT } from "./values.ts";

const CLIENTS = 1000;
const SERVERS = 700;
/** Entries of the tables that take the place of logarithms and powers for every record. */
const TABLE = 4096;
const ACTIVE_TIMEOUT_MS = 1_800_000;
const INACTIVE_TIMEOUT_MS = 15_000;
const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMP6 = 58;
/** SYN, PSH, ACK and FIN. */
const TCP_FLAGS = 0x1b;
/** First AS number for documentation (RFC 5398). */
const AS_NUMBERS = 64_496;
/** 198.51.100.0: the addresses that a translating exporter has. */
const NAT_NET = 0xc633_6400;

/** One session; its second record is the reply. */
class Session {
  replyDue = false;
  client = 0;
  server = 0;
  clientPort = 0;
  application = 0;
  up = 0;
  down = 0;
  upBytes = 0;
  downBytes = 0;
  durationMs = 0;
  flowId = 0;
}

/** Hosts and probabilities, the same for all sources. */
export class FlowTables {
  readonly client4: Uint32Array;
  readonly client6: Uint32Array;
  readonly server4: Uint32Array;
  readonly server6: Uint32Array;
  readonly byShare = applicationsByShare();
  readonly popularClient = zipfTable(CLIENTS);
  readonly popularServer = zipfTable(SERVERS);
  readonly pareto = Float64Array.from({ length: TABLE }, (_, i) => (2 * (1 - i / TABLE)) ** (-1 / 1.2));

  constructor() {
    const { clients, servers } = createPopulation(CLIENTS, SERVERS);
    this.client4 = addressWords(clients, "ipv4");
    this.client6 = addressWords(clients, "ipv6");
    this.server4 = addressWords(servers, "ipv4");
    this.server6 = addressWords(servers, "ipv6");
  }
}

/** Where the values of records come from. */
export interface ValueSource {
  /** Writes the values of the next record; see `FlowSource`. */
  next(values: Float64Array, ipv6: boolean, nowMs: number, bootMs: number, bothWays: boolean): void;
}

/**
 * Seeded flows of an office: the applications and hosts of the packet generator. The popularity of hosts follows Zipf's
 * law, lengths are heavy-tailed (Pareto). A session gives two records, one for each direction, or one that has both.
 */
export class FlowSource implements ValueSource {
  readonly #rng: Rng;
  readonly #tables: FlowTables;
  readonly #sessions = [new Session(), new Session()] as const;
  #flows = 0;

  constructor(rng: Rng, tables: FlowTables) {
    this.#rng = rng;
    this.#tables = tables;
  }

  /**
   * Writes the values of the next record: a flow that ended at most 15 s before `nowMs` (Unix milliseconds) and did not
   * begin before `bootMs`.
   * @param bothWays whether the record has the counters of both directions
   */
  next(values: Float64Array, ipv6: boolean, nowMs: number, bootMs: number, bothWays: boolean): void {
    const session = this.#sessions[ipv6 ? 1 : 0];
    const reply = session.replyDue && !bothWays;
    if (reply) session.replyDue = false;
    else this.#open(session, ipv6);
    if (!bothWays && !reply) session.replyDue = true;
    this.#writeParties(values, session, ipv6, reply);
    this.#writeCounters(values, session, reply);
    this.#writeTimes(values, session, nowMs, bootMs);
  }

  #open(session: Session, ipv6: boolean): void {
    const rng = this.#rng;
    const tables = this.#tables;
    const random = rng.u32();
    const application = tables.byShare[random >>> 24]!;
    const { packetsMedian, packetsMax, downShare, upBytes, downBytes, ratePps } = APPLICATIONS[application]!;
    session.application = application;
    const hosts = rng.u32();
    session.client = tables.popularClient[hosts & (TABLE - 1)]!;
    session.server = tables.popularServer[(hosts >>> 12) & (TABLE - 1)]!;
    session.clientPort = 32_768 + ((random & 0xffff) % 28_000);
    const packets = Math.max(2, Math.min(packetsMax, Math.round(packetsMedian * tables.pareto[rng.u32() & 0xfff]!)));
    session.down = Math.max(1, Math.min(packets - 1, Math.round(packets * downShare)));
    session.up = packets - session.down;
    const varied = 0.8 + (rng.u32() / 0x1_0000_0000) * 0.3;
    const least = ipv6 ? 60 : 40;
    session.upBytes = session.up * Math.max(least, Math.min(1500, Math.round(upBytes * varied)));
    session.downBytes = session.down * Math.max(least, Math.min(1500, Math.round(downBytes * varied)));
    session.durationMs = Math.min(ACTIVE_TIMEOUT_MS, Math.round((1000 * packets * varied) / ratePps));
    session.flowId = this.#flows = (this.#flows + 1) >>> 0;
  }

  #writeParties(v: Float64Array, session: Session, ipv6: boolean, reply: boolean): void {
    const { protocol: kind, serverPort, tos } = APPLICATIONS[session.application]!;
    const protocol = kind === "tcp" ? TCP : kind === "udp" ? UDP : ipv6 ? ICMP6 : ICMP;
    const icmp = kind === "icmp";
    const { client, server } = session;
    const from = reply ? AT.destination4 : AT.source4;
    const to = reply ? AT.source4 : AT.destination4;
    v[from] = ipv6 ? 0 : this.#tables.client4[client]!;
    v[to] = ipv6 ? 0 : this.#tables.server4[server]!;
    const from6 = reply ? AT.destination6 : AT.source6;
    const to6 = reply ? AT.source6 : AT.destination6;
    for (let k = 0; k < 4; k++) {
      v[from6 + k] = ipv6 ? this.#tables.client6[4 * client + k]! : 0;
      v[to6 + k] = ipv6 ? this.#tables.server6[4 * server + k]! : 0;
    }
    const clientPort = icmp ? 0 : session.clientPort;
    const type = icmp ? (ipv6 ? (reply ? 129 : 128) : reply ? 0 : 8) : 0;
    v[AT.icmpType] = type;
    v[AT.icmp] = type << 8;
    v[AT.sourcePort] = reply ? serverPort : clientPort;
    v[AT.destinationPort] = icmp ? type << 8 : reply ? clientPort : serverPort;
    v[AT.protocol] = protocol;
    v[AT.ipVersion] = ipv6 ? 6 : 4;
    v[AT.tos] = tos;
    v[AT.tcpFlags] = protocol === TCP ? TCP_FLAGS : 0;
    v[AT.input] = reply ? 10 : 1 + (client & 3);
    v[AT.output] = reply ? 1 + (client & 3) : 10;
    v[AT.sourceAs] = AS_NUMBERS + (reply ? 1 + (server & 7) : 0);
    v[AT.destinationAs] = AS_NUMBERS + (reply ? 0 : 1 + (server & 7));
    v[AT.sourceMask] = ipv6 ? 64 : reply ? 24 : 16;
    v[AT.destinationMask] = ipv6 ? 64 : reply ? 16 : 24;
    v[AT.vlan] = 100 + (client & 7);
    v[AT.direction] = reply ? 0 : 1;
    v[reply ? AT.destinationMac : AT.sourceMac] = 0x0200;
    v[(reply ? AT.destinationMac : AT.sourceMac) + 1] = 0x5e10_0000 + client;
    v[reply ? AT.sourceMac : AT.destinationMac] = 0x0200;
    v[(reply ? AT.sourceMac : AT.destinationMac) + 1] = 0x5e00_0001;
    // The client is translated, the server is not.
    v[reply ? AT.natDestination4 : AT.natSource4] = NAT_NET + 1 + (client & 3);
    v[reply ? AT.natSource4 : AT.natDestination4] = v[to]!;
    v[reply ? AT.natDestinationPort : AT.natSourcePort] = clientPort;
    v[reply ? AT.natSourcePort : AT.natDestinationPort] = serverPort;
    v[AT.flowId] = session.flowId;
  }

  #writeCounters(v: Float64Array, session: Session, reply: boolean): void {
    v[AT.packets] = reply ? session.down : session.up;
    v[AT.bytes] = reply ? session.downBytes : session.upBytes;
    v[AT.replyBytes] = reply ? session.upBytes : session.downBytes;
  }

  #writeTimes(v: Float64Array, session: Session, nowMs: number, bootMs: number): void {
    const endMs = Math.max(bootMs, nowMs - (session.flowId % INACTIVE_TIMEOUT_MS));
    const startMs = Math.max(bootMs, endMs - session.durationMs);
    v[AT.startMs] = startMs;
    v[AT.endMs] = endMs;
    v[AT.startSeconds] = Math.floor(startMs / 1000);
    v[AT.endSeconds] = Math.floor(endMs / 1000);
    v[AT.startUpTimeMs] = (startMs - bootMs) % 0x1_0000_0000;
    v[AT.endUpTimeMs] = (endMs - bootMs) % 0x1_0000_0000;
  }
}

/** Addresses as words, one for IPv4 and four for IPv6. */
function addressWords(hosts: readonly Host[], family: "ipv4" | "ipv6"): Uint32Array {
  return Uint32Array.from(
    hosts.flatMap((host) => {
      const view = new DataView(host[family].buffer);
      return Array.from({ length: view.byteLength / 4 }, (_, k) => view.getUint32(4 * k));
    }),
  );
}

/** The application of each of 256 equal shares. */
function applicationsByShare(): Uint8Array {
  const total = APPLICATIONS.reduce((sum, { share }) => sum + share, 0);
  return Uint8Array.from({ length: 256 }, (_, i) => {
    let left = ((i + 0.5) * total) / 256;
    return Math.max(
      0,
      APPLICATIONS.findIndex(({ share }) => (left -= share) < 0),
    );
  });
}

/** Indexes below `n`, the first far more often than the last. */
function zipfTable(n: number): Uint16Array {
  return Uint16Array.from({ length: TABLE }, (_, i) =>
    Math.min(n - 1, Math.floor(Math.exp(((i + 0.5) / TABLE) * Math.log(n + 1)) - 1)),
  );
}
