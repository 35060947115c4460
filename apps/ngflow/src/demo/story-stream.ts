import { PacketBatch } from "@ngflow/base";
import type { ValueSource } from "../synthetic/flow-source.ts";
import { DatagramMemory } from "../synthetic/stream.ts";
import { TemplateStream } from "../synthetic/template-stream.ts";
import { compileDialect } from "../synthetic/templates.ts";
import { AT } from "../synthetic/values.ts";
import type { StoryExporter } from "./exporters.ts";
import type { StoryFlow } from "./story-flow.ts";

const MTU = 1400;
const RECORDS_MOST = 30;
/** A record may be longer than the rest of the datagram. */
const SLACK_BYTES = 2048;
/** How long the exporters have been up when the demo starts. */
const UP_MS = 12 * 86_400_000;

/** The flows that wait to be written. */
class Waiting implements ValueSource {
  readonly #clockOffMs: number;
  flows: StoryFlow[] = [];
  #next = 0;

  constructor(clockOffMs: number) {
    this.#clockOffMs = clockOffMs;
  }

  get length(): number {
    return this.flows.length - this.#next;
  }

  add(flows: readonly StoryFlow[]): void {
    this.flows = [...this.flows.slice(this.#next), ...flows];
    this.#next = 0;
  }

  next(values: Float64Array, _ipv6: boolean, _nowMs: number, bootMs: number): void {
    // What is the same in all records (the sampler, the domain) stays.
    const kept = [values[AT.domain]!, values[AT.one]!, values[AT.bootMs]!] as const;
    values.set(this.flows[this.#next++]!.values);
    [values[AT.domain], values[AT.one], values[AT.bootMs]] = kept;
    values[AT.startMs]! += this.#clockOffMs;
    values[AT.endMs]! += this.#clockOffMs;
    values[AT.startUpTimeMs] = (values[AT.startMs]! - bootMs) % 0x1_0000_0000;
    values[AT.endUpTimeMs] = (values[AT.endMs]! - bootMs) % 0x1_0000_0000;
  }
}

/** What an exporter of the story did. */
export interface ToldSums {
  /** Flow records that it sent, with those that were lost on the way. */
  records: number;
  lostRecords: number;
  /** Datagrams that were sent and not lost. */
  datagrams: number;
}

/** The datagrams of one exporter. */
export class StoryStream {
  readonly sums: ToldSums = { records: 0, lostRecords: 0, datagrams: 0 };
  readonly #exporter: StoryExporter;
  readonly #waiting: Waiting;
  readonly #stream: TemplateStream;
  readonly #memory = new DatagramMemory(MTU + SLACK_BYTES);
  readonly #batch = new PacketBatch(1, this.#memory.bytes);
  #flowDatagrams = 0;

  constructor(exporter: StoryExporter, nowMs: number) {
    this.#exporter = exporter;
    this.#waiting = new Waiting(exporter.clockOffMs);
    this.#stream = new TemplateStream(
      compileDialect(exporter.dialect, false),
      exporter.dialect.domain,
      { every: exporter.dialect.templateEvery ?? 0, late: 0 },
      { mtu: MTU, recordsMost: RECORDS_MOST, bootMs: nowMs - UP_MS, sampling: 1, ipv6: 0 },
      this.#waiting,
    );
  }

  add(flows: readonly StoryFlow[]): void {
    this.#waiting.add(flows);
  }

  /**
   * Writes the next datagram of what waits, if it is at least `least` flows. The batch is valid until the next call;
   * undefined where nothing is sent. One that is lost on the way is written and counted, and the next is returned.
   * @param nowMs when it is sent, whole Unix milliseconds
   */
  next(nowMs: number, least = 1): PacketBatch | undefined {
    const { losesEvery, clockOffMs } = this.#exporter;
    while (this.#waiting.length >= least && this.#waiting.length > 0) {
      const before = this.#stream.sums.records;
      const length = this.#stream.write(this.#memory, 0, this.#waiting.length, nowMs + clockOffMs);
      const records = this.#stream.sums.records - before;
      this.sums.records += records;
      if (records > 0 && losesEvery > 0 && ++this.#flowDatagrams % losesEvery === 0) {
        this.sums.lostRecords += records;
        continue;
      }
      this.sums.datagrams++;
      this.#batch.count = 0;
      this.#batch.push(0, length, length, nowMs * 1000);
      return this.#batch;
    }
    return undefined;
  }
}

/** As many flows as fill a datagram. */
export const FULL = RECORDS_MOST;
