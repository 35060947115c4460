import { expect, test } from "vitest";
import { fitTable } from "./fit-table.ts";

const at = (time: string, bytes: number) => ({ time, SrcAddr: "10.0.0.1", Proto: "tcp", bytes, previous: null });
const COLUMNS = ["time", "SrcAddr", "Proto", "bytes"];
const nameOf = (column: string) => (column === "SrcAddr" ? "anna-laptop" : undefined);
const ONE_DAY = [at("2026-01-02T10:00:00.000Z", 1000), at("2026-01-02T10:05:00.250Z", 2000)];

test("a table is as wide as the terminal lets it be", () => {
  expect(fitTable(COLUMNS, ONE_DAY, nameOf, 62)).toBe(
    [
      "time                      SrcAddr               Proto    bytes",
      "2026-01-02T10:00:00.000Z  10.0.0.1 anna-laptop  tcp    1.00 kB",
      "2026-01-02T10:05:00.250Z  10.0.0.1 anna-laptop  tcp    2.00 kB",
      "",
    ].join("\n"),
  );
  expect(fitTable(COLUMNS, ONE_DAY, nameOf, 61)).toBe(
    [
      "time      SrcAddr               Proto    bytes",
      "10:00:00  10.0.0.1 anna-laptop  tcp    1.00 kB",
      "10:05:00  10.0.0.1 anna-laptop  tcp    2.00 kB",
      "",
    ].join("\n"),
  );
  expect(fitTable(COLUMNS, ONE_DAY, nameOf, 45)).toBe(
    [
      "time      SrcAddr   Proto    bytes",
      "10:00:00  10.0.0.1  tcp    1.00 kB",
      "10:05:00  10.0.0.1  tcp    2.00 kB",
      "",
    ].join("\n"),
  );
});

test("times of several days, or zones, keep them", () => {
  const rows = [at("2026-10-25T02:30:00.000+02:00", 1), at("2026-10-25T02:30:00.000+01:00", 2)];
  expect(fitTable(COLUMNS, rows, undefined, 51)).toBe(
    [
      "time                       SrcAddr   Proto  bytes",
      "2026-10-25T02:30:00+02:00  10.0.0.1  tcp      1 B",
      "2026-10-25T02:30:00+01:00  10.0.0.1  tcp      2 B",
      "",
    ].join("\n"),
  );
});

test("with too many columns, every value has a line", () => {
  const columns = [...COLUMNS, "previous"];
  expect(fitTable(columns, ONE_DAY.map((row) => ({ ...row, previous: 5000 })), undefined, 30)).toBe(
    [
      ...["time      2026-01-02T10:00:00.000Z", "SrcAddr   10.0.0.1", "Proto     tcp", "bytes     1.00 kB", "previous  5.00 kB", ""],
      ...["time      2026-01-02T10:05:00.250Z", "SrcAddr   10.0.0.1", "Proto     tcp", "bytes     2.00 kB", "previous  5.00 kB", ""],
    ].join("\n"),
  );
  expect(fitTable(columns, [], undefined, 10)).toBe("time  SrcAddr  Proto  bytes  previous\n");
});
