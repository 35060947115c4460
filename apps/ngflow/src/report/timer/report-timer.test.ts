import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { silentLog } from "@ngflow/base";
import type { FlowReader, QuerySpec } from "@ngflow/flows";
import { reportsConfig } from "../../options/report-option.ts";
import { periodBefore } from "./periods.ts";
import { ReportTimer } from "./report-timer.ts";

const DAY = 86_400_000;
const NOON = Date.parse("2026-11-30T12:00:00Z");

test.each([
  ["day", "UTC", 1, "2026-11-29T00:00Z", "2026-11-30T00:00Z", "2026-11-29"],
  ["day", "Asia/Tokyo", 1, "2026-11-28T15:00Z", "2026-11-29T15:00Z", "2026-11-29"],
  ["week", "UTC", 1, "2026-11-23T00:00Z", "2026-11-30T00:00Z", "2026-11-23"],
  ["week", "UTC", 2, "2026-11-16T00:00Z", "2026-11-23T00:00Z", "2026-11-16"],
  ["month", "UTC", 1, "2026-10-01T00:00Z", "2026-11-01T00:00Z", "2026-10"],
  ["month", "UTC", 11, "2025-12-01T00:00Z", "2026-01-01T00:00Z", "2025-12"],
  // Clocks were set back on 25 October and forward on 29 March: days of 25 and 23 hours.
  ["day", "Europe/Berlin", 36, "2026-10-24T22:00Z", "2026-10-25T23:00Z", "2026-10-25"],
  ["day", "Europe/Berlin", 246, "2026-03-28T23:00Z", "2026-03-29T22:00Z", "2026-03-29"],
  ["month", "Europe/Berlin", 1, "2026-09-30T22:00Z", "2026-10-31T23:00Z", "2026-10"],
] as const)("the %s before in %s, %i back", (length, zone, back, from, to, label) => {
  const period = periodBefore(length, zone, NOON, back);
  expect(period).toEqual({ fromMs: Date.parse(from), toMs: Date.parse(to), label });
});

test.each([
  [[{ name: "A", every: "day" }], "reports: [0].name: lower-case letters, digits, - and _"],
  [[{ name: "a", every: "hour" }], "reports: [0].every: Invalid option"],
  [[{ name: "a", every: "day", filter: "port htps" }], "reports: [0].filter: filter: "],
  [[{ name: "a", every: "day", directory: "here" }], "reports: [0].directory: not an absolute path"],
  [
    [
      { name: "a", every: "day" },
      { name: "a", every: "week" },
    ],
    "reports: a name is twice",
  ],
])("%j is refused", (reports, message) => {
  expect(() => reportsConfig({ reports })).toThrow(message);
});

function noShare(): never {
  throw new Error("nothing is shared");
}

describe("a timer of reports", () => {
  let root: string;
  let nowMs = NOON;
  let waitingMs: number | null = null;
  let asked: number[] = [];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "ngflow-reports-"));
    [nowMs, waitingMs, asked] = [NOON, null, []];
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const reader = {
    query: async ({ fromMs, toMs }: QuerySpec) => {
      asked.push(fromMs);
      const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString()) as [string, string];
      return { from, to, step: null, columns: [], rows: [], tier: "flows", elapsedMs: 0 };
    },
    flows: () => Promise.reject(new Error("a report asks for no single flows")),
  } satisfies FlowReader;

  function timer(more: object = {}): ReportTimer {
    const reports = reportsConfig({ reports: [{ name: "daily", every: "day", format: "markdown", ...more }] });
    const deps = { reader, waitingSinceMs: async () => waitingMs, log: silentLog, nowMs: () => nowMs, share: noShare };
    return new ReportTimer(reports, root, deps);
  }
  const files = async (): Promise<string[]> => (await readdir(join(root, "reports"))).sort();
  const days = (...numbers: number[]): string[] => numbers.map((day) => `daily-2026-11-${day}.md`);

  it("makes the last period, then what was missed, and each once", async () => {
    await timer().work();
    expect(await files()).toEqual(days(29));
    expect(await readFile(join(root, "reports", "daily-2026-11-29.md"), "utf8")).toContain("2026-11-29");
    await timer().work();
    const questions = asked.length;
    nowMs += 3 * DAY;
    await timer().work();
    expect(await files()).toEqual([...days(29, 30), "daily-2026-12-01.md", "daily-2026-12-02.md"]);
    expect(asked.length).toBe(4 * questions);
  });

  it("waits until the period has ended for a while, and its flows are stored", async () => {
    await timer().work();
    nowMs = Date.parse("2026-12-01T00:14:59Z");
    await timer().work();
    expect(await files()).toEqual(days(29));
    nowMs += 1000;
    waitingMs = Date.parse("2026-11-30T23:59:00Z");
    await timer().work();
    expect(await files()).toEqual(days(29));
    waitingMs = Date.parse("2026-12-01T00:01:00Z");
    await timer().work();
    expect(await files()).toEqual(days(29, 30));
  });

  it("leaves a report to another server that makes it, and takes over when that one has ended", async () => {
    await timer().work();
    nowMs += DAY;
    const claim = join(root, "reports", ".daily-2026-11-30.md.claim");
    await writeFile(claim, "");
    await utimes(claim, nowMs / 1000, nowMs / 1000);
    await timer().work();
    expect(await files()).not.toContain("daily-2026-11-30.md");
    nowMs += 600_001;
    const both = [timer(), timer()];
    await both[0]!.work();
    const before = asked.length;
    await Promise.all(both.map((one) => one.work()));
    expect(await files()).toEqual(days(29, 30));
    // One of both has asked.
    expect(asked.length - before).toBe(before);
  });

  it("mails a report, again until the server takes it, and then not any more", async () => {
    const mails: string[] = [];
    let refuses = true;
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      onData(stream, _, done) {
        let text = "";
        stream.on("data", (bytes: Buffer) => (text += bytes.toString()));
        stream.on("end", () => {
          if (!refuses) mails.push(text);
          done(refuses ? new Error("not now") : null);
        });
      },
    });
    await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", () => resolve()));
    try {
      const { port } = smtp.server.address() as AddressInfo;
      const mail = { server: `smtp://127.0.0.1:${port}`, from: "ngflow@example.net", to: ["noc@example.net"] };
      const failing = timer({ mail });
      await failing.work();
      expect(await files()).toEqual([".daily-2026-11-29.md.unmailed", ...days(29)]);
      expect(failing.metrics().map(({ value }) => value)).toEqual([1, 0, 1]);
      refuses = false;
      const again = timer({ mail });
      await again.work();
      await again.work();
      expect(await files()).toEqual(days(29));
      expect(mails).toHaveLength(1);
      expect(mails[0]).toContain("Subject: ngflow report daily, 2026-11-29");
      expect(mails[0]).toContain("filename=daily-2026-11-29.md");
    } finally {
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
    }
  });
});
