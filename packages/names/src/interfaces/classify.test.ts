import type { LearnedName, NameKind } from "@ngflow/flows";
import { describe, expect, it } from "vitest";
import { classify } from "./classify.ts";
import { readInterfaceRules } from "./read-rules.ts";

const T = ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"] as const;

function row(kind: NameKind, id: string, name: string, from: string, others: Partial<LearnedName> = {}): LearnedName {
  return { kind, exporter: "192.0.2.1", domain: 0, id, name, description: "", from, to: null, ...others };
}

const RULES = readInterfaceRules(`
- { alias: ^transit, boundary: external, connectivity: transit }
- { exporter: ^core, provider: us }
- { boundary: internal }
`);

const shown = (rows: readonly LearnedName[]): string[] =>
  rows.map(({ kind, domain, id, name, from, to }) => `${kind} ${domain}/${id} "${name}" ${from}..${to ?? ""}`);

describe("classes of interfaces", () => {
  it("hold as long as the names that they come from", async () => {
    const names = [
      row("interface", "1", "eth1", T[0]),
      row("interface-alias", "1", "Office", T[0], { to: T[1] }),
      row("interface-alias", "1", "Transit A", T[1], { to: T[2] }),
      row("interface-alias", "1", "Transit B", T[2]),
    ];
    expect(shown(await classify(RULES, names))).toEqual([
      `interface-boundary 0/1 "internal" ${T[0]}..${T[1]}`,
      `interface-boundary 0/1 "external" ${T[1]}..`,
      `interface-connectivity 0/1 "" ${T[0]}..${T[1]}`,
      `interface-connectivity 0/1 "transit" ${T[1]}..`,
    ]);
  });

  it("take the name of the exporter, and what domain 0 has where a domain has nothing", async () => {
    const names = [
      row("domain", "0", "core-1", T[0]),
      row("interface", "3", "ge-0", T[1], { domain: 7 }),
      row("interface-alias", "3", "transit", T[0]),
    ];
    expect(shown(await classify(RULES, names))).toEqual([
      `interface-boundary 7/3 "external" ${T[0]}..`,
      `interface-provider 7/3 "us" ${T[0]}..`,
      `interface-connectivity 7/3 "transit" ${T[0]}..`,
    ]);
  });

  it("leaves the thread to others: 60,000 interfaces", async () => {
    const names = Array.from({ length: 60_000 }, (_, i) => row("interface", String(i), `eth${i}`, T[0]));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    expect(await classify(RULES, names)).toHaveLength(60_000);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
  });
});
