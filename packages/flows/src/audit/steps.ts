import type { AuditTerm } from "./terms.ts";

/** A figure with its words. */
interface Named {
  readonly term: AuditTerm;
  /** What it counts, as the object of "N …": `frames dropped because the ring was full`. */
  readonly text: string;
}

/** One hop: what came in is what went on, what was left out on purpose, what was lost, and what still waits. */
export interface AuditStep {
  readonly name: string;
  /** What is counted: `packets`, `records`. */
  readonly unit: string;
  readonly in: readonly AuditTerm[];
  readonly out: Named;
  /** Left out for a reason that is no fault. */
  readonly apart?: readonly Named[];
  readonly lost?: readonly Named[];
  /** Lost, too, but counted in units of their own: no part of the sum. */
  readonly besides?: readonly Named[];
  /** What is on the way now. */
  readonly waiting?: Named;
  /**
   * Milliseconds that something may be on the way without being counted anywhere: where two parts are asked one after
   * the other, or what waits has no counter. 0 where one part knows all at one moment.
   */
  readonly underWayMs: number;
  /** What tells how much passes, if not the figures of the hop: in that time, or in the time of reading if longer. */
  readonly pace?: AuditTerm;
  /** What a rest that nothing explains is, by its sign. */
  readonly rest: { readonly missing: string; readonly surplus: string };
  /** Terms that may be absent, and why the step is then not compared. */
  readonly absent: string;
}

/** Every hop from the interface to the answer: a row per hop. */
export const AUDIT_STEPS: readonly AuditStep[] = [
  {
    name: "captured",
    unit: "frames",
    in: ["framesOnInterface"],
    out: { term: "framesCaptured", text: "frames that the capture saw" },
    underWayMs: 50,
    rest: {
      missing: "frames that the interface counted and the capture never saw",
      surplus: "frames that the capture saw and the interface did not count",
    },
    absent: "the interface is simulated or inline, or no graph runs",
  },
  {
    name: "read",
    unit: "frames",
    in: ["framesCaptured"],
    out: { term: "framesDelivered", text: "frames read from the ring" },
    lost: [{ term: "framesDropped", text: "frames dropped because the ring was full" }],
    underWayMs: 1000,
    rest: { missing: "frames in the ring, or lost there", surplus: "frames read that were not captured" },
    absent: "the graph cannot be reached, or captures nothing",
  },
  {
    name: "accounted",
    unit: "packets",
    in: ["packetsSeen", "packetsFromOtherNodes"],
    out: { term: "packetsAccounted", text: "packets counted into flows" },
    apart: [
      { term: "packetsSkipped", text: "packets that are not IP or are cut short" },
      { term: "packetsNotSampled", text: "packets that sampling did not choose" },
      { term: "packetsBypassed", text: "packets not to be accounted, by conf bits or tags" },
      { term: "packetsToOtherNodes", text: "packets that a hook leads to another node than a meter" },
    ],
    underWayMs: 0,
    rest: {
      missing: "packets that no meter counted",
      surplus: "packets counted more often than they were captured: a node made copies of them",
    },
    absent: "the graph cannot be reached, or has no meter",
  },
  {
    name: "flows",
    unit: "flows",
    in: ["flowsCreated", "flowsRefused"],
    out: { term: "recordsExported", text: "records exported" },
    lost: [
      { term: "flowsRefused", text: "flows not started because the cache was full" },
      { term: "recordsDiscarded", text: "records dropped because no hook for their family was connected" },
    ],
    waiting: { term: "flowsNow", text: "flows in the cache" },
    underWayMs: 0,
    rest: { missing: "flows that left the cache without a record", surplus: "records without a flow" },
    absent: "the graph cannot be reached, or has no meter",
  },
  {
    name: "sent",
    unit: "datagrams",
    in: ["datagramsExported"],
    out: { term: "datagramsSent", text: "datagrams sent" },
    lost: [{ term: "datagramsNotSent", text: "datagrams that the socket or the system refused" }],
    underWayMs: 0,
    rest: {
      missing: "datagrams that left the meter and reached no socket",
      surplus: "datagrams sent that no meter exported",
    },
    absent: "no export hook of a meter is connected to a socket",
  },
  {
    name: "received",
    unit: "datagrams",
    in: ["datagramsSent"],
    out: { term: "datagramsOfThisMachine", text: "datagrams received from this machine" },
    lost: [
      { term: "kernelDrops", text: "datagrams dropped because the receive buffer was full" },
      { term: "ringDropsShare", text: "datagrams dropped because their source had more than its share" },
    ],
    underWayMs: 1000,
    rest: {
      missing: "datagrams that were sent and did not arrive",
      surplus: "datagrams of another exporter on this machine",
    },
    absent: "the collector cannot be reached, or the graph exports to another machine",
  },
  {
    name: "decoded",
    unit: "records",
    in: ["recordsDecoded", "recordsLost", "recordsLimited", "recordsWithoutKey"],
    out: { term: "recordsDecoded", text: "records decoded" },
    apart: [{ term: "recordsWithoutKey", text: "records of templates that describe no flow" }],
    lost: [
      { term: "recordsLost", text: "records lost before they arrived, by the sequence numbers of their exporters" },
      { term: "recordsLimited", text: "records over the share or the rate of their exporter" },
    ],
    besides: [
      { term: "malformed", text: "malformed headers, sets, templates and records" },
      { term: "setsWithoutTemplate", text: "sets dropped because their template did not come" },
      { term: "setsWaitingNow", text: "sets that wait for their template" },
    ],
    underWayMs: 0,
    rest: { missing: "records that were not decoded", surplus: "records decoded that did not arrive" },
    absent: "the collector cannot be reached",
  },
  {
    name: "taken",
    unit: "rows",
    in: ["rowsMade"],
    out: { term: "rowsTaken", text: "rows in the spool's memory" },
    lost: [{ term: "rowsRefused", text: "rows refused because the spool was full" }],
    underWayMs: 0,
    rest: { missing: "rows that the spool did not take", surplus: "rows that nobody decoded" },
    absent: "the collector cannot be reached",
  },
  {
    name: "written",
    unit: "rows",
    in: ["rowsTaken"],
    out: { term: "rowsAcknowledged", text: "rows on disk, where they survive a crash" },
    lost: [{ term: "rowsNotWritten", text: "rows that could not be written when the collector ended" }],
    waiting: { term: "rowsInMemoryNow", text: "rows in memory" },
    underWayMs: 0,
    rest: { missing: "rows that left the memory and are not on disk", surplus: "rows on disk that nobody wrote" },
    absent: "the collector cannot be reached",
  },
  {
    name: "known",
    unit: "rows",
    in: ["rowsAcknowledged"],
    out: { term: "ledgerAcknowledged", text: "rows in the ledger of the store" },
    underWayMs: 2000,
    rest: { missing: "rows on disk that the store has not found", surplus: "rows of an import or another collector" },
    absent: "the collector cannot be reached",
  },
  {
    name: "stored",
    unit: "rows",
    in: ["ledgerAcknowledged"],
    out: { term: "ledgerStored", text: "rows stored" },
    apart: [{ term: "ledgerDropped", text: "rows removed because of their age or the size of the store" }],
    lost: [{ term: "ledgerDamaged", text: "rows of damaged blocks, or lost in the database" }],
    waiting: { term: "rowsWaitingNow", text: "rows in block files" },
    underWayMs: 0,
    rest: { missing: "rows that are nowhere", surplus: "rows stored twice" },
    absent: "the store cannot be reached",
  },
  {
    name: "answered",
    unit: "rows",
    in: ["rowsTotalNow"],
    out: { term: "rowsAnsweredNow", text: "rows that a query of all times counts" },
    underWayMs: 2000,
    pace: "ledgerStored",
    rest: { missing: "rows that a query does not find", surplus: "rows that a query counts too often" },
    absent: "the store did not answer",
  },
];
