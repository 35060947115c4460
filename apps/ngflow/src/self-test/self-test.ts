import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExporterStatus } from "@ngflow/flows";
import type { SelfTest, SelfTestAnswer, SelfTestResult, SelfTestStep } from "@ngflow/server";
import { SELF_TEST, selfTestDatagram } from "./datagram.ts";

/** The parts that a flow passes. */
export interface SelfTestDeps {
  /** Where the collector receives datagrams; null if none runs. */
  readonly listening: () => Promise<readonly { readonly host: string; readonly port: number }[] | null>;
  /** The exporters of the collector; null if none runs. */
  readonly exporters: () => Promise<readonly ExporterStatus[] | null>;
  /** Flows in the store that match a filter and end from a time on, Unix milliseconds. */
  readonly found: (filter: string, fromMs: number) => Promise<number>;
  readonly nowMs: () => number;
}

/** How long a step may take: what the spool collects is written every 400 ms, and a slow disk takes its time. */
const WAIT_MS = { received: 5000, decoded: 5000, stored: 15_000 } as const;
type Waits = Readonly<Record<keyof typeof WAIT_MS, number>>;
/** Between two looks. */
const LOOK_MS = 100;
/** The first port of a mark; below are those of services. */
const MARKS_FROM = 49_152;
/** A look at the store is of flows from so long before the datagram: its clock has whole milliseconds. */
const BEFORE_MS = 1000;

class Stopped extends Error {}

/**
 * Sends a flow to the own collector and looks for it at each step, one self-test at a time.
 *
 * @param waitMs how long each step may take
 */
export function selfTester(deps: SelfTestDeps, waitMs: Waits = WAIT_MS): SelfTest {
  let sent = 0;
  let isBusy = false;
  return async (signal) => {
    if (isBusy) return "busy";
    isBusy = true;
    try {
      return await run(deps, waitMs, sent++, signal);
    } finally {
      isBusy = false;
    }
  };
}

async function run(deps: SelfTestDeps, waitMs: Waits, sequence: number, signal: AbortSignal): Promise<SelfTestAnswer> {
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  const mark = MARKS_FROM + Math.floor(Math.random() * (65_536 - MARKS_FROM));
  const filter = filterOf(mark);
  const steps = new Map<SelfTestStep, SelfTestResult>();
  const passed = (step: SelfTestStep, text: string): void =>
    void steps.set(step, { step, state: "passed", ms: ms(), text });
  const failed = (step: SelfTestStep, text: string): never => {
    steps.set(step, { step, state: "failed", ms: ms(), text });
    throw new Stopped();
  };
  try {
    const address = reachable((await deps.listening()) ?? failed("collector", "no collector runs here"));
    if (address === null) return failed("collector", "the collector receives no datagrams, only connections");
    passed("collector", `it receives datagrams at ${address.host} port ${address.port}`);
    const before = await seen(deps);
    const fromMs = deps.nowMs();
    await send(selfTestDatagram(fromMs, mark, sequence), address).catch((error: Error) =>
      failed("sent", error.message),
    );
    passed("sent", "a datagram of NetFlow v5 with one flow");
    const after = async (step: keyof Waits, look: () => Promise<boolean>, not: string): Promise<void> => {
      for (const limit = performance.now() + waitMs[step]; !(await look()); await sleep(LOOK_MS, null, { signal })) {
        if (performance.now() > limit) failed(step, not);
      }
    };
    await after(
      "received",
      async () => (await seen(deps)).datagrams > before.datagrams,
      "the collector has not read the datagram: it stands still, or does not accept this machine as an exporter",
    );
    passed("received", "the collector has read the datagram");
    await after(
      "decoded",
      async () => (await seen(deps)).records > before.records,
      "the record was not decoded: the spool is full, or the exporter is over its limit",
    );
    passed("decoded", "the record was decoded");
    await after(
      "stored",
      async () => (await deps.found(filter, fromMs - BEFORE_MS)) > 0,
      "no query finds the flow: the spool or the store does not take rows",
    );
    passed("stored", "a query finds the flow");
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
  return { passed: steps.get("stored")?.state === "passed", steps: allSteps(steps), filter };
}

function filterOf(mark: number): string {
  const { from, to, protocol } = SELF_TEST;
  return `SrcAddr = ${from} and DstAddr = ${to} and Proto = ${protocol} and SrcPort = ${mark}`;
}

const ORDER: readonly SelfTestStep[] = ["collector", "sent", "received", "decoded", "stored"];

function allSteps(steps: ReadonlyMap<SelfTestStep, SelfTestResult>): SelfTestResult[] {
  return ORDER.map((step) => steps.get(step) ?? { step, state: "not reached", ms: null, text: "" });
}

/** An address at which this machine reaches one of the collector's sockets: loopback where it can be. */
export function reachable(
  listening: readonly { readonly host: string; readonly port: number }[],
): { readonly host: string; readonly port: number } | null {
  const own = listening.map(({ host, port }) => ({
    host: host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host,
    port,
  }));
  return own.find(({ host }) => host.startsWith("127.") || host === "::1") ?? own[0] ?? null;
}

/** What the collector has seen of self-tests so far. A session of another port may be another entry. */
async function seen(deps: SelfTestDeps): Promise<{ datagrams: number; records: number }> {
  const own = ((await deps.exporters()) ?? []).filter(
    ({ protocol, domain }) => protocol === "v5" && domain === SELF_TEST.engine,
  );
  const sum = (of: (one: ExporterStatus) => number): number => own.reduce((total, one) => total + of(one), 0);
  return { datagrams: sum(({ datagrams }) => datagrams), records: sum(({ records }) => records) };
}

function send(datagram: Uint8Array, { host, port }: { host: string; port: number }): Promise<void> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  return new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.send(datagram, port, host, (error) => (error ? reject(error) : resolve()));
  }).finally(() => socket.close());
}
