import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NgflowError, parseIp } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { type AsTable, parseAsTable, readAsTable } from "./as-table.ts";

function numberOf(table: AsTable, address: string): number {
  const bytes = parseIp(address)!;
  return address.includes(":") ? table.lookup(6, bytes, 0) : table.lookup(4, bytes, 12);
}

function refusal(act: () => unknown): { exit: number; message: string } {
  try {
    act();
  } catch (error) {
    const { exit, message } = error as NgflowError;
    return { exit, message };
  }
  throw new Error("it was accepted");
}

describe("an AS table", () => {
  it("gives the number of the longest prefix, 0 without one", () => {
    const table = parseAsTable(
      "# prefix,asn\n10.0.0.0/8,64500\n\n10.1.0.0/16 , 4294967295 # a part of it\r\n2001:db8::/32,64501\n10.0.0.0/8,1\n",
      "t",
    );
    const numbers = ["10.2.3.4", "10.1.3.4", "11.0.0.1", "2001:db8::1", "2001:db9::1"].map((a) => numberOf(table, a));
    expect(numbers).toEqual([64500, 4294967295, 0, 64501, 0]);
  });

  it.each([
    ["no comma", "10.0.0.0/8 64500", '"10.0.0.0/8 64500" is not a line'],
    ["no length", "10.0.0.0,64500", "is not a line"],
    ["an odd address", "10.0.0.256/8,1", '"10.0.0.256" is not an address'],
    ["a length of the other family", "10.0.0.0/33,1", '"/33" is not a prefix length of IPv4'],
    ["a length beyond IPv6", "2001:db8::/129,1", '"/129" is not a prefix length of IPv6'],
    ["bits beyond the length", "10.0.0.1/24,1", "10.0.0.1 has bits beyond its prefix length of 24"],
    ["a number beyond 32 bits", "10.0.0.0/8,4294967296", "4294967296 is not an AS number"],
    ["a word", "10.0.0.0/8,AS1", "is not a line"],
  ])("refuses %s, with the line", (_name, line, problem) => {
    const { exit, message } = refusal(() => parseAsTable(`192.0.2.0/24,1\n\n${line}\n`, "file.csv"));
    expect(exit).toBe(65);
    expect(message).toMatch(/^file\.csv:3: .*; give PREFIX\/LENGTH,NUMBER$/);
    expect(message).toContain(problem);
  });

  it("is read from a file, whose absence and size it judges before it reads", () => {
    const folder = mkdtempSync(join(tmpdir(), "ngflow-as-"));
    try {
      const file = join(folder, "as.csv");
      writeFileSync(file, "192.0.2.0/24,64500\n");
      expect(numberOf(readAsTable(file), "192.0.2.200")).toBe(64500);
      truncateSync(file, 200 * 1024 * 1024);
      expect(refusal(() => readAsTable(file))).toMatchObject({
        exit: 65,
        message: expect.stringContaining("larger than"),
      });
      expect(refusal(() => readAsTable(join(folder, "none")))).toMatchObject({ exit: 66 });
      expect(refusal(() => readAsTable(folder))).toMatchObject({ exit: 66 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
