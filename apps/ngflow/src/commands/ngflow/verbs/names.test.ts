import type { SourceStatus } from "@ngflow/flows";
import { expect, it } from "vitest";
import { statusTable } from "./names.ts";

const NOW = Date.UTC(2026, 0, 10);
const ago = (ms: number): string => new Date(NOW - ms).toISOString();

it("sources are a line each, with their age; what is wrong is below", () => {
  const sources: readonly SourceStatus[] = [
    {
      kind: "networks",
      from: "/etc/networks.csv",
      state: "stale",
      entries: 12,
      readAt: ago(90_000),
      madeAt: ago(3 * 86_400_000),
      error: "line 2: no",
    },
    {
      kind: "mmdb",
      from: "/a.mmdb",
      state: "absent",
      entries: null,
      readAt: null,
      madeAt: null,
      error: "no such file",
    },
  ];
  expect(
    statusTable(sources, NOW)
      .split("\n")
      .map((line) => line.replaceAll(/ +/g, " ").trim()),
  ).toStrictEqual([
    "Source State Entries Read Made From",
    "networks stale 12 90 s ago 3 d ago /etc/networks.csv",
    "mmdb absent - - - /a.mmdb",
    "/etc/networks.csv: line 2: no",
    "/a.mmdb: no such file",
    "",
  ]);
});

it("without sources, the options are named", () => {
  expect(statusTable([], NOW)).toMatch(/--networks, --mmdb/);
});

it("on a terminal, a path below the current directory is a short one", () => {
  const from = `${process.cwd()}/data/collector/name-ids.ndjson`;
  const source = {
    kind: "numbers",
    from,
    state: "current",
    entries: 5,
    readAt: null,
    madeAt: null,
    error: null,
  } as const;
  expect(statusTable([source], NOW, 80)).toContain("-     data/collector/name-ids.ndjson\n");
  expect(statusTable([source], NOW)).toContain(from);
});
