import { describe, expect, it } from "vitest";
import { type Audit, auditOf } from "./balance.ts";
import { AUDIT_STEPS } from "./steps.ts";
import { AUDIT_TERMS, type AuditReading, type AuditTerm, type AuditTerms } from "./terms.ts";

/** A way on which all goes on: 1,000 packets are 100 flows, 90 of them exported and stored. */
const WHOLE: AuditTerms = {
  framesOnInterface: 1000,
  framesCaptured: 1000,
  framesDropped: 0,
  framesDelivered: 1000,
  packetsSeen: 1000,
  packetsFromOtherNodes: 0,
  packetsToOtherNodes: 0,
  packetsAccounted: 980,
  packetsSkipped: 20,
  packetsNotSampled: 0,
  packetsBypassed: 0,
  flowsCreated: 100,
  flowsRefused: 0,
  flowsNow: 10,
  recordsExported: 90,
  recordsDiscarded: 0,
  datagramsExported: 9,
  datagramsSent: 9,
  datagramsNotSent: 0,
  datagramsOfThisMachine: 9,
  kernelDrops: 0,
  ringDropsShare: 0,
  recordsLost: 0,
  recordsDecoded: 90,
  recordsLimited: 0,
  recordsWithoutKey: 0,
  malformed: 0,
  setsWithoutTemplate: 0,
  setsWaitingNow: 0,
  rowsMade: 90,
  rowsRefused: 0,
  rowsTaken: 90,
  rowsNotWritten: 0,
  rowsInMemoryNow: 5,
  rowsAcknowledged: 85,
  ledgerAcknowledged: 85,
  ledgerStored: 80,
  ledgerDropped: 0,
  ledgerDamaged: 0,
  rowsWaitingNow: 5,
  rowsTotalNow: 80,
  rowsAnsweredNow: 80,
};

const NOTHING = Object.fromEntries(AUDIT_TERMS.map((term) => [term, 0])) as AuditTerms;
const reading = (timeMs: number, terms: AuditTerms): AuditReading => ({ timeMs, terms, byExporter: null });

/** An audit at rest: nothing has moved in the last second. */
function audit(changed: Partial<AuditTerms>, before: AuditTerms = NOTHING): Audit {
  const terms = { ...WHOLE, ...changed };
  const readings = { first: reading(0, before), recent: reading(60_000, terms), last: reading(61_000, terms) };
  return auditOf(readings, 0);
}

const hop = (name: string, of: Audit) => of.hops.find((each) => each.name === name)!;
const wrong = ({ hops }: Audit): string[] =>
  hops.filter(({ verdict }) => verdict !== "balanced").map(({ name }) => name);

describe("an audit", () => {
  it("is balanced where every hop is explained", () => {
    const whole = audit({});
    expect(wrong(whole)).toEqual([]);
    expect(whole.balanced).toBe(true);
    expect(hop("accounted", whole).apart).toEqual([
      { key: "packetsSkipped", count: 20, text: "packets that are not IP or are cut short" },
    ]);
    expect(hop("flows", whole).waiting).toEqual([{ key: "flowsNow", count: 10, text: "flows in the cache" }]);
  });

  it.each<[string, Partial<AuditTerms>, string, number]>([
    ["captured", { framesOnInterface: 1007 }, "open", 7],
    ["read", { framesDelivered: 993, framesDropped: 7 }, "lost", 7],
    ["accounted", { packetsAccounted: 973 }, "open", 7],
    ["flows", { flowsCreated: 107, recordsDiscarded: 7 }, "lost", 7],
    ["flows", { flowsRefused: 7 }, "lost", 7],
    ["sent", { datagramsExported: 16, datagramsNotSent: 7 }, "lost", 7],
    ["received", { datagramsSent: 16, datagramsExported: 16 }, "open", 7],
    ["received", { datagramsSent: 16, datagramsExported: 16, kernelDrops: 7 }, "lost", 7],
    ["decoded", { recordsLost: 7 }, "lost", 7],
    ["decoded", { malformed: 7 }, "lost", 7],
    ["taken", { rowsMade: 97, rowsRefused: 7 }, "lost", 7],
    ["written", { rowsTaken: 97, rowsMade: 97, rowsNotWritten: 7 }, "lost", 7],
    ["known", { rowsAcknowledged: 92, rowsTaken: 97, rowsMade: 97 }, "open", 7],
    ["stored", { ledgerStored: 73, rowsTotalNow: 73, rowsAnsweredNow: 73, ledgerDamaged: 7 }, "lost", 7],
    ["stored", { ledgerStored: 73, rowsTotalNow: 73, rowsAnsweredNow: 73 }, "open", 7],
    ["answered", { rowsAnsweredNow: 73 }, "open", 7],
  ])("names a loss at %s", (name, changed, verdict, count) => {
    const found = audit(changed);
    expect(wrong(found)).toEqual([name]);
    expect(found.balanced).toBe(false);
    const { verdict: seen, lost, besides, rest } = hop(name, found);
    expect(seen).toBe(verdict);
    expect([...lost, ...besides, ...(verdict === "open" ? [rest!] : [])].map((part) => part.count)).toEqual([count]);
  });

  it("allows what may be on the way at the pace of the last second, and no more", () => {
    const moving = (on: number): Audit => {
      const terms = { ...WHOLE, datagramsSent: 500 + on, datagramsExported: 500 + on, datagramsOfThisMachine: 500 };
      const recent = { ...terms, datagramsSent: 450 + on, datagramsExported: 450 + on, datagramsOfThisMachine: 450 };
      return auditOf({ first: reading(0, NOTHING), recent: reading(60_000, recent), last: reading(61_000, terms) }, 0);
    };
    expect(hop("received", moving(50))).toMatchObject({ verdict: "balanced", rest: { count: 50, text: "on the way" } });
    expect(hop("received", moving(51))).toMatchObject({
      verdict: "open",
      rest: { count: 51, text: "datagrams that were sent and did not arrive" },
    });
  });

  it("allows all rows that were stored while a query counted them, however long it took", () => {
    const slow = (rowsAnsweredNow: number): Audit => {
      const terms = { ...WHOLE, ledgerStored: 9352, rowsTotalNow: 9352, ledgerAcknowledged: 9357, rowsAnsweredNow };
      return auditOf({ first: reading(0, NOTHING), recent: reading(60_000, WHOLE), last: reading(68_000, terms) }, 0);
    };
    expect(hop("answered", slow(80))).toMatchObject({ verdict: "balanced", rest: { count: 9272, text: "on the way" } });
    expect(hop("answered", slow(79))).toMatchObject({ verdict: "open", rest: { count: 9273 } });
  });

  it.each<[string, Partial<AuditTerms>, Partial<AuditTerms>, object]>([
    [
      "a day was removed",
      {},
      { ledgerStored: 30, ledgerDropped: 50 },
      { verdict: "balanced", in: 55, out: { count: 0 }, apart: [{ count: 50 }], rest: null },
    ],
    [
      "rows were removed, and others came",
      { ledgerAcknowledged: 55, ledgerStored: 80, ledgerDropped: 0 },
      { ledgerStored: 90, ledgerDropped: 20 },
      { verdict: "balanced", in: 35, out: { count: 10 }, apart: [{ count: 20 }], rest: null },
    ],
    [
      "rows were lost",
      {},
      { ledgerStored: 70, ledgerDamaged: 10 },
      { verdict: "lost", in: 15, out: { count: 0 }, lost: [{ count: 10 }], rest: null },
    ],
    [
      "lost rows were found",
      { ledgerStored: 70, ledgerDamaged: 10 },
      {},
      { verdict: "balanced", in: 15, out: { count: 10 }, lost: [], rest: null },
    ],
  ])("takes sums of the ledger that became less for what they are: %s", (_, before, changed, expected) => {
    const total = { ...WHOLE, ...changed }.ledgerStored!;
    const found = audit({ ...changed, rowsTotalNow: total, rowsAnsweredNow: total }, { ...WHOLE, ...before });
    expect(hop("stored", found)).toMatchObject(expected);
  });

  it("compares what came in the time, with what was on the way before", () => {
    const before = { ...WHOLE, flowsCreated: 40, recordsExported: 20, flowsNow: 20, rowsInMemoryNow: 3, rowsTaken: 23 };
    const found = audit({}, { ...before, rowsAcknowledged: 20, rowsMade: 23, recordsDecoded: 23 });
    expect(hop("flows", found)).toMatchObject({ in: 80, out: { count: 70 }, verdict: "balanced" });
    expect(hop("written", found)).toMatchObject({ in: 70, out: { count: 65 }, verdict: "balanced" });
  });

  it("counts from the start of a part that started within the time, and says so", () => {
    const longer = Object.fromEntries(AUDIT_TERMS.map((term) => [term, WHOLE[term]! * 10])) as AuditTerms;
    const stayed: AuditTerm[] = ["ledgerAcknowledged", "ledgerStored", "rowsWaitingNow"];
    const found = audit({}, { ...longer, ...Object.fromEntries(stayed.map((term) => [term, 0])) });
    expect(found.restarted).toEqual(["graph", "collector"]);
    expect(wrong(found)).toEqual([]);
  });

  it("does not compare what nobody counts", () => {
    const found = audit({ framesOnInterface: null });
    expect(hop("captured", found)).toMatchObject({ verdict: "not compared", in: null, out: null, rest: null });
    expect(found.balanced).toBe(true);
  });

  it("names what is left by the hop and the sign", () => {
    expect(hop("answered", audit({ rowsAnsweredNow: 81 })).rest).toEqual({
      key: "answered.surplus",
      count: -1,
      text: "rows that a query counts too often",
    });
  });

  it("names the exporters of what was lost, if they are known", () => {
    const lost = (byExporter: AuditReading["byExporter"]) => {
      const [before, after] = [reading(0, NOTHING), reading(61_000, { ...WHOLE, recordsLost: 30 })];
      const first = { ...before, byExporter: byExporter && { recordsLost: { "192.0.2.2": 5 } } };
      const { hops } = auditOf({ first, recent: after, last: { ...after, byExporter } }, 0);
      return hops.flatMap((each) => [...each.lost, ...each.besides]).find(({ key }) => key === "recordsLost");
    };
    expect(lost(null)).not.toHaveProperty("by");
    expect(lost({ recordsLost: { "192.0.2.1": 22, "192.0.2.2": 13 } })).toMatchObject({
      count: 30,
      by: [
        { exporter: "192.0.2.1", count: 22 },
        { exporter: "192.0.2.2", count: 8 },
      ],
    });
    // More than was lost: a session ended, and took its count along.
    expect(lost({ recordsLost: { "192.0.2.1": 22, "192.0.2.2": 14 } })).not.toHaveProperty("by");
  });

  it("has a name and words of its own for every hop", () => {
    const names = AUDIT_STEPS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
