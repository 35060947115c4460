import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { removeAtEnd } from "../../support/cleanup.ts";
import { Background, must, NGFLOW, ROOT, SAME_USER } from "../../support/command.ts";

/**
 * Where make-data.mjs has put data directories of other releases. By default they are those of the first public one,
 * and of those whose tables differ; `npm run upgrade-from` names a folder with another.
 */
const HERE = process.env["NGFLOW_UPGRADE_FROM"] ?? join(ROOT, "tests/cli/upgrade");
const RELEASES = readdirSync(HERE).flatMap((name) => (name.endsWith(".tgz") ? [basename(name, ".tgz")] : []));
/** The rows are older every day that this test runs. */
const KEEP = ["--keep", "--keep-1m", "--keep-1h", "--keep-1d"].flatMap((option) => [option, "forever"]);

/** Lines of a log that are warnings or errors, but for the one that tells that the directory is from some days ago. */
const warnings = (log: string): string[] =>
  log.split("\n").filter((line) => /"level":[456]0/.test(line) && !line.includes("it was last open some days ago"));

type Row = Readonly<Record<string, string | number | null>>;

/** What the release said. */
interface Made {
  /** Rows in its database, and rows in its spool. */
  readonly stored: number;
  readonly waiting: number;
  readonly from: string;
  readonly to: string;
  /** Rows of answers, by the address of the question. */
  readonly answers: Readonly<Record<string, readonly Row[]>>;
}

async function json<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

interface Serving {
  readonly process: Background;
  readonly url: string;
  /** Counters of the store. */
  counters(): Promise<Readonly<Record<string, number>>>;
}

async function serve(folder: string): Promise<Serving> {
  const where = ["--data", join(folder, "data"), "--http", "127.0.0.1:0", "--control", join(folder, "none.sock")];
  const process = new Background([...NGFLOW, "serve", ...where, ...KEEP, ...SAME_USER]);
  await process.until("the console", () => process.stdout.includes("console  "), 60_000);
  const url = /console {2}(http:\S+)/.exec(process.stdout)![1]!;
  const counters = async (): Promise<Readonly<Record<string, number>>> => {
    const { hops } = await json<{ hops: { hop: string; counters: Record<string, number> }[] }>(
      `${url}/api/v1/pipeline`,
    );
    return hops.find(({ hop }) => hop === "store")!.counters;
  };
  return { process, url, counters };
}

/** Whether the spool is empty and the database has so many flows. */
function isEmpty({ backlogBlocks, rowsTotal }: Readonly<Record<string, number>>, rows: number): boolean {
  return backlogBlocks === 0 && rowsTotal === rows;
}

/** A row in what every release calls alike: columns that it did not have are left out. */
function known(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}

/** Rows as texts, sorted: rows of the same size come in any order. */
function comparable(rows: readonly Row[], columns: readonly string[]): string[] {
  return rows.map((row) => JSON.stringify(known(row, columns))).sort();
}

async function answersAlike(url: string, { answers, from, to }: Made): Promise<void> {
  for (const [question, before] of Object.entries(answers)) {
    const { rows } = await json<{ rows: readonly Row[] }>(`${url}${question}&${new URLSearchParams({ from, to })}`);
    const columns = Object.keys(before[0]!);
    expect(comparable(rows, columns), question).toEqual(comparable(before, columns));
  }
}

describe.each(RELEASES)("a data directory of %s", (release) => {
  const made = JSON.parse(readFileSync(join(HERE, `${release}.json`), "utf8")) as Made;
  const all = made.stored + made.waiting;

  test("opens, takes what waits in its spool, and answers the same", { timeout: 180_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "ngflow-upgrade-"));
    removeAtEnd(() => rmSync(folder, { recursive: true, force: true }));
    must(["tar", "-C", folder, "-xzf", join(HERE, `${release}.tgz`)]);

    const first = await serve(folder);
    await first.process.until("every row", async () => isEmpty(await first.counters(), all), 60_000);
    await answersAlike(first.url, made);
    const rolled = async (): Promise<boolean> => (await first.counters())["rowsUnrolled"] === 0;
    await first.process.until("the sums", rolled, 90_000);
    await answersAlike(first.url, made);
    await first.process.stop();
    expect(warnings(first.process.stderr)).toEqual([]);

    const verified = must([...NGFLOW, "store", "verify", "--data", join(folder, "data")], { timeoutMs: 60_000 });
    expect(verified).toContain("every stored row is there and can be read");

    const second = await serve(folder);
    expect(await second.counters()).toMatchObject({ rowsTotal: all, rowsUnrolled: 0, rowsMissing: 0 });
    await answersAlike(second.url, made);
    await second.process.stop();
  });
});
