import { chmodSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Background, must, ROOT, run, sleep } from "../../support/command.ts";
import { freeUdpPort } from "../../support/udp-port.ts";

/** The checkout that is attacked: this one, or the one that NGFLOW_UNDER_TEST names. */
const CHECKOUT = resolve(process.env["NGFLOW_UNDER_TEST"] ?? ROOT);

export const NGFLOW = [process.execPath, join(CHECKOUT, "apps/ngflow/bin/ngflow.js")] as const;
export const NGCTL = [process.execPath, join(CHECKOUT, "apps/ngflow/bin/ngctl.js")] as const;
const PROBE = join(ROOT, "tests/attack/probe");

/** The words that run a probe of this folder. */
export function probe(name: string, ...words: readonly string[]): string[] {
  return [process.execPath, join(PROBE, `${name}.mjs`), ...words];
}

/** The words of a verb of ngflow with `--data FOLDER/data`. */
export function verb(name: string, folder: string, ...words: readonly string[]): string[] {
  return [...NGFLOW, name, "--data", join(folder, "data"), ...words];
}

type Options = ConstructorParameters<typeof Background>[1];

/** Starts a command and waits until it prints the text. */
export async function start(words: readonly string[], text: string, options: Options = {}): Promise<Background> {
  const process = new Background(words, options);
  await process.until(words.slice(1, 4).join(" "), () => process.stdout.includes(text), 60_000);
  return process;
}

/** The words that a daemon's command runs under: it gets more of a busy machine than what else runs there. */
const FIRST = ["nice", "-n", "-10"];

/** What a daemon is started with, in addition to its own words. */
export interface Extra {
  readonly words?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** `ngflow collect` on a UDP port of loopback. */
export async function startCollect(
  folder: string,
  port: number,
  { words = [], env = {} }: Extra = {},
): Promise<Background> {
  prepare(folder);
  const listen = ["--listen", `127.0.0.1:${port}`];
  return start([...FIRST, ...verb("collect", folder, ...listen, ...words)], "listening  ", { env });
}

export interface Console {
  readonly process: Background;
  readonly url: string;
}

/** `ngflow serve` on any port. */
export async function startServe(folder: string, { words = [], env = {} }: Extra = {}): Promise<Console> {
  prepare(folder);
  const where = ["--http", "127.0.0.1:0", "--control", join(folder, "control.sock")];
  const process = await start([...FIRST, ...verb("serve", folder, ...where, ...words)], "console  ", { env });
  return { process, url: consoleUrl(process.stdout) };
}

/** All daemons in the shape of `ngflow up`, on a UDP port of loopback, with a graph that needs no interface. */
export async function startAll(folder: string, port: number, { words = [], env = {} }: Extra = {}): Promise<Console> {
  prepare(folder);
  const where = ["--http", "127.0.0.1:0", "--control", join(folder, "control.sock"), "--listen", `127.0.0.1:${port}`];
  const process = await start([...FIRST, ...verb("demo", folder, "--no-story", ...where, ...words)], "console  ", {
    env,
  });
  return { process, url: consoleUrl(process.stdout) };
}

/** A collector and a console on one folder; both end with the test. */
export interface Apart {
  readonly port: number;
  readonly collect: Background;
  readonly serve: Background;
  readonly url: string;
}

export async function startApart(folder: string): Promise<Apart> {
  const port = await freeUdpPort();
  const collect = await startCollect(folder, port);
  const { process: serve, url } = await startServe(folder);
  return { port, collect, serve, url };
}

/** Daemons that change to a user of their own have to enter the folder. */
export function prepare(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
}

function consoleUrl(printed: string): string {
  const url = /console {2}(http:\S+)/.exec(printed)?.[1];
  if (url === undefined) throw new Error(`no address of the console in: ${printed}`);
  return url;
}

export type Pipeline = Readonly<Record<string, number>> & {
  readonly hops: readonly { readonly hop: string; readonly counters: Readonly<Record<string, number>> }[];
};

export async function pipeline(url: string): Promise<Pipeline> {
  const answer = await fetch(`${url}/api/v1/pipeline`);
  if (!answer.ok) throw new Error(`pipeline: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Pipeline;
}

/** Waits until the spool is empty and nothing more is stored. */
export async function untilStored(url: string, timeoutMs = 120_000): Promise<void> {
  let before = -1;
  for (const endMs = Date.now() + timeoutMs; Date.now() < endMs;) {
    const stored = (await pipeline(url))["rowsStored"]!;
    if (stored === before) return;
    before = stored;
    await sleep(2500);
  }
  throw new Error("rows are still being stored");
}

/** One counter of a hop; undefined if the hop or the counter is absent. */
export function counter({ hops }: Pipeline, hop: string, name: string): number | undefined {
  return hops.find((each) => each.hop === hop)?.counters[name];
}

/** Rows of cells of a query of the store of a folder, which no process may have open. */
export function rows(folder: string, sql: string): string[][] {
  const printed = must(probe("rows", join(folder, "data/store"), sql), { timeoutMs: 120_000 });
  return printed
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as unknown[]).map(String));
}

/** The honest exporter's address, and the filter of its rows: an IPv4 address is stored as an IPv6 one. */
export const HONEST = "127.0.0.2";
const ITS_ROWS = `endsWith(replaceAll(toString(ExporterAddr), '::ffff:', ''), '${HONEST}')`;

/** What is stored of the honest exporter: rows, and different ids. */
export function storedHonest(folder: string): { readonly rows: number; readonly ids: number } {
  const [[all, ids] = []] = rows(folder, `SELECT count(), uniqExact(Packets, Domain) FROM flows WHERE ${ITS_ROWS}`);
  return { rows: Number(all), ids: Number(ids) };
}

export interface Stream {
  readonly kind: string;
  readonly to: number;
  readonly rate: number;
  readonly datagrams: number;
  readonly [setting: string]: string | number;
}

/** What was sent of a stream. */
export interface Sent {
  readonly kind: string;
  readonly datagrams: number;
  readonly records: number;
}

/** A process that sends streams at the same time. */
export function sender(streams: readonly Stream[]): Background {
  return new Background(["nice", "-n", "-11", ...probe("send", JSON.stringify(streams))]);
}

/** Sends streams at the same time, to their end. */
export async function send(...streams: readonly Stream[]): Promise<readonly Sent[]> {
  return sent(sender(streams));
}

export async function sent(sending: Background): Promise<readonly Sent[]> {
  const { status, stdout, stderr } = await sending.ended(600_000);
  if (status !== 0) throw new Error(`send: exit ${status}: ${stderr}`);
  return stdout
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line) as Sent);
}

/** The stream of an honest exporter for so many seconds. */
export function honest(to: number, seconds: number, recordsPerSecond: number, settings: object = {}): Stream {
  const rate = recordsPerSecond / 30;
  return { kind: "honest", from: HONEST, to, rate, datagrams: Math.round(rate * seconds) + 1, ...settings };
}

/** Watches how long the program on a UDP port does not read; the function ends that and returns the longest time. */
export async function watchGap(
  port: number,
): Promise<() => Promise<{ readonly gapMs: number; readonly drops: number }>> {
  const watching = await start(["nice", "-n", "-19", ...probe("queue-gap", String(port))], "ready");
  return async () => {
    const { stdout } = await watching.stop();
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as { gapMs: number; drops: number };
  };
}

/** CPU time in milliseconds that the first thread of a process has used. */
export function mainThreadMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "latin1").split(" ")[0]) / 1e6;
}

/** Processes whose command line has all of the words. */
export function processesWith(...words: readonly string[]): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
        return (
          words.every((word) => line.includes(word)) &&
          !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "latin1"))
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Whether the checkout's verb has an option, such as `--user`: older ones lack some. */
export function has(name: string, option: string): boolean {
  return run([...NGFLOW, name, "--help"]).stdout.includes(option);
}

/** True if the command could be run and ended with 0. */
export function succeeds(words: readonly string[]): boolean {
  return run(words).status === 0;
}
