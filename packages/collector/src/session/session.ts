import { parseIp } from "@ngflow/base";
import type { Protocol, Template } from "@ngflow/wire";
import { DomainNames, NamesRoom } from "./domain-names.ts";
import { DomainFacts, Exporter, FactsRoom } from "./exporter-facts.ts";
import type { NamedExporters } from "./named-exporters.ts";
import { RecordRate } from "./record-rate.ts";
import { Place, RecencyList } from "./recency-list.ts";
import { RowCount } from "./row-count.ts";
import { RunningFlows, type RunningFlowsRoom } from "./running-flows.ts";
import { SequenceTracker } from "./sequence.ts";
import type { SharedTemplate } from "./shared-template.ts";
import type { ExporterClock } from "./exporter-clock.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** A template as a session knows it. */
export interface KnownTemplate {
  readonly template: Template;
  readonly shared: SharedTemplate;
  /** Unix milliseconds of the last time the exporter sent it. */
  refreshedMs: number;
  /** The elements of its exporter that its fields have (`elementsVersion`), and when they were looked up. */
  elements: number;
  namedMs: number;
  /** Whether it is from another collector, and its exporter has not sent it to this one. */
  given: boolean;
}

/** A data set waiting for its template: a copy of its bytes and the header fields that decoding needs. */
export interface HeldSet {
  readonly bytes: Uint8Array;
  readonly receivedMs: number;
  readonly exportMs: number;
  readonly clockMs: number;
  readonly sysUpTimeMs: number;
}

/** What one exporter address uses of the collector's bounds, over all its sessions. */
export class Share {
  sessions = 0;
  /** Those of its sessions that are not established. */
  readonly newcomers = new RecencyList<Session>();
  /** Fields of the templates they know. */
  fields = 0;
  /** What they have said of themselves: rates and starts. */
  facts = 0;
  /** Names that they have sent. */
  names = 0;
  /** Memory of the data sets that wait for their templates, bytes. */
  heldBytes = 0;
  /** Rows of its sessions, but for those that have just begun. */
  readonly rows = new RowCount();
  /** Records that it may still send, where they have a limit. */
  readonly rate = new RecordRate();
  /** How many sessions may begin. */
  readonly begin: TokenBucket;
  /** Flows whose totals are reported, and long flows whose start is looked at. */
  totals: RunningFlows;
  readonly spread: RunningFlows;
  /** Long flows looked at since one of them was reported again with the same start. */
  looks = 0;

  constructor(begin: TokenBucket, room: RunningFlowsRoom) {
    this.begin = begin;
    this.totals = new RunningFlows(room);
    this.spread = new RunningFlows(room);
  }
}

/** The sessions of one exporter, protocol, domain and agent, which differ in their ports only. */
export interface Origin {
  /** The one that was used last. */
  latest: Session;
  sessions: number;
}

/**
 * State of one transport session and observation domain: exporter address, source port, protocol, domain and,
 * if the protocol has one, agent address. Two exporters behind one address, or two domains of one exporter, never share
 * templates. An exporter that records name has a session like that of an agent.
 */
export class Session {
  readonly address: string;
  /** The exporter's own address in the header, or in the records of `sender`; empty if there is none. */
  readonly agent: string;
  /** The exporter's address in rows (agent, or else source address) as four little-endian words of the batch. */
  readonly exporterWords: Uint32Array;
  /** The session whose records name this exporter, which has no templates of its own; undefined for other sessions. */
  sender: Session | undefined;
  /** The datagram of `sender` that named it last. */
  namedIn = 0;
  /** The exporters that its records name. */
  named: NamedExporters<Session> | undefined;
  port: number;
  readonly protocol: Protocol;
  readonly domain: number;
  /** Number of the connection or file that brings its messages, 0 for UDP. Its templates end with it. */
  readonly connection: number;
  /** Identifies the sessions that differ only in their port. */
  readonly originKey: string;
  /** Those sessions, while it is in the session table. */
  origin: Origin | undefined;
  /** The share of its address. The session table replaces it by the one that the address's other sessions have. */
  share: Share;
  /** Whether it is one of the established sessions, which give way to others last. */
  established = false;
  /** Whether it ever was. */
  proved = false;
  /** Whether the session table dropped it. */
  dropped = false;
  /** Its places: among the newcomers or established sessions, the newcomers of its address, those with waiting data. */
  readonly byClass = new Place<Session>(this);
  readonly byAddress = new Place<Session>(this);
  readonly byHeld = new Place<Session>(this);
  readonly templates = new Map<number, KnownTemplate>();
  readonly held = new Map<number, HeldSet[]>();
  /** Memory of `held`, bytes. */
  heldBytes = 0;
  /** What the exporter has said of itself in this domain. */
  facts: DomainFacts;
  /** Names that it sent in this domain. */
  names: DomainNames;
  /** What it said before a message that looks like the first after a restart, until that is decided. */
  factsBefore: DomainFacts | undefined;
  /** Restarts of the numbering when `factsBefore` was set aside. */
  resetsBefore = 0;
  /** Whether its port has changed and nothing was received from the new one yet. */
  moved = false;
  /** Whether the numbers went back and on again: then they tell nothing of restarts. */
  oddNumbers = false;
  /** Number of the exporter's run: what is known of running flows holds for one run. */
  run = 0;
  /** The run that the file of totals has, 0 for none, and the key that it is found by. */
  savedRun = 0;
  readonly runKey = new Uint32Array(2);
  /** The source address as four words, as in `exporterWords`. */
  readonly sourceWords: Uint32Array;
  readonly sequence: SequenceTracker;
  firstSeenMs: number;
  lastSeenMs: number;
  datagrams = 0;
  records = 0;
  malformed = 0;
  /** The port of the last datagram, and when it changed, where sessions are per address; 0 for never. */
  lastPort = 0;
  portChangedMs = 0;
  /** Records that were not decoded because the sink was short of room, or beyond the rate of an exporter. */
  recordsLimited = 0;
  /** Sets that waited for their template, and were dropped. */
  setsDropped = 0;
  /** Rate in the last v5 header, 0 for none. */
  headerSampling = 0;
  /** Latest export time minus receive time, milliseconds: how far the exporter's clock is ahead of ours. */
  clockSkewMs = 0;
  /** What that says of the exporter's clock. */
  clock: ExporterClock = "right";

  constructor(
    address: string,
    port: number,
    protocol: Protocol,
    domain: number,
    nowMs: number,
    agent: string,
    share: Share,
    connection = 0,
    sender?: Session,
  ) {
    this.sender = sender;
    this.address = address;
    this.agent = agent;
    this.sourceWords = addressWords(address);
    this.exporterWords = agent === "" ? this.sourceWords : addressWords(agent);
    this.port = port;
    this.protocol = protocol;
    this.domain = domain;
    this.connection = connection;
    this.originKey = originKeyOf(address, protocol, domain, agent, connection);
    this.share = share;
    this.facts = new DomainFacts(new Exporter("", new FactsRoom()), domain, share);
    this.names = new DomainNames(this, new NamesRoom());
    this.sequence = new SequenceTracker(protocol.sequence ?? "records");
    this.firstSeenMs = nowMs;
    this.lastSeenMs = nowMs;
  }
}

/** Key of the sessions that differ only in their port. Those of two connections differ in more. */
export function originKeyOf(
  address: string,
  protocol: Protocol,
  domain: number,
  agent: string,
  connection: number,
): string {
  const key = `${address} ${protocol.number} ${domain} ${agent}`;
  return connection === 0 ? key : `${key} ${connection}`;
}

/** The address as the batch has it; zero for text that is not an address, which a socket never reports. */
export function addressWords(address: string): Uint32Array {
  const bytes = parseIp(address.split("%")[0]!) ?? new Uint8Array(16);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, 4);
}
