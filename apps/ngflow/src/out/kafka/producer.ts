import { setTimeout as sleep } from "node:timers/promises";
import { BrokerConnection } from "./broker-connection.ts";
import { BrokerRefusal } from "./broker-errors.ts";
import { ByteWriter } from "./bytes.ts";
import type { Broker, KafkaTarget } from "./kafka-target.ts";
import { recordBatch } from "./record-batch.ts";

/** A batch is taken when all copies that are in sync have it. */
const ACKS_ALL = -1;
/** How long a broker waits for the copies. */
const COPIES_MS = 10_000;
/** Sequence numbers begin again behind the largest of 31 bits. */
const SEQUENCES = 2 ** 31;
const TRIES = 4;
const FIRST_WAIT_MS = 200;
/** How long it holds who leads the partitions. */
const METADATA_MS = 5 * 60_000;

interface Layout {
  readonly atMs: number;
  readonly brokers: ReadonlyMap<number, Broker>;
  /** Leader by partition. */
  readonly leaders: ReadonlyMap<number, number>;
}

/** A batch that no broker has acknowledged. It is sent again with the same bytes, so a broker that has it knows it. */
interface Pending {
  readonly values: readonly Buffer[];
  readonly partition: number;
  readonly bytes: Buffer;
}

/**
 * Writes messages to a topic: a batch to a partition, the next one to the next partition, one batch at a time. Brokers
 * know a batch that is sent again by its producer and sequence number, and keep it once (KIP-98).
 */
export class Producer {
  readonly #target: KafkaTarget;
  readonly #connections = new Map<string, BrokerConnection>();
  #layout: Layout | undefined;
  #identity: { readonly producerId: bigint; readonly epoch: number } | undefined;
  readonly #sequences = new Map<number, number>();
  #pending: Pending | undefined;
  #turn = 0;

  constructor(target: KafkaTarget) {
    this.#target = target;
  }

  /**
   * Resolves when the messages are stored. After a failure the same messages may be given again: a broker that has them
   * keeps them once. @throws Error
   */
  async send(values: readonly Buffer[], signal: AbortSignal): Promise<void> {
    if (this.#pending !== undefined && !sameMessages(this.#pending.values, values)) this.#forget();
    for (let tries = 1; ; tries++) {
      try {
        await this.#try(values, signal);
        return;
      } catch (error) {
        const kind = error instanceof BrokerRefusal ? error.kind : "again";
        this.#layout = undefined;
        if (kind === "producer") this.#forget();
        if (kind === "final" || tries === TRIES || signal.aborted) throw error;
        await sleep(FIRST_WAIT_MS * 2 ** (tries - 1), undefined, { signal }).catch(() => {
          throw error;
        });
      }
    }
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  async #try(values: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const layout = await this.#ask(signal);
    const batch = (this.#pending ??= await this.#batch(values, layout, signal));
    const leader = layout.brokers.get(layout.leaders.get(batch.partition) ?? -1);
    if (leader === undefined) throw new BrokerRefusal(5);
    const connection = await this.#connection(leader, signal);
    const body = new ByteWriter().string(null).int16(ACKS_ALL).int32(COPIES_MS);
    body.int32(1).string(this.#target.topic).int32(1).int32(batch.partition).bytes(batch.bytes);
    const answer = await connection.ask("produce", body, signal);
    const [code] = answer
      .list(() => {
        answer.string();
        return answer.list(() => {
          answer.int32();
          const refused = answer.int16();
          answer.int64();
          answer.int64();
          if (connection.versionOf("produce")! >= 5) answer.int64();
          return refused;
        });
      })
      .flat();
    if (code === undefined) throw new Error("the broker's answer lacks the partition");
    const refusal = code === 0 ? undefined : new BrokerRefusal(code);
    if (refusal !== undefined && refusal.kind !== "had") throw refusal;
    this.#sequences.set(batch.partition, (this.#sequenceOf(batch.partition) + values.length) % SEQUENCES);
    this.#pending = undefined;
    this.#turn++;
  }

  async #batch(values: readonly Buffer[], { leaders }: Layout, signal: AbortSignal): Promise<Pending> {
    const led = [...leaders].filter(([, leader]) => leader >= 0).map(([partition]) => partition);
    if (led.length === 0) throw new BrokerRefusal(5);
    const partition = led[this.#turn % led.length]!;
    this.#identity ??= await this.#becomeProducer(signal);
    const sequence = this.#identity.producerId < 0n ? -1 : this.#sequenceOf(partition);
    const bytes = recordBatch(values, { ...this.#identity, sequence }, Date.now(), this.#target.compression);
    return { values, partition, bytes };
  }

  #sequenceOf(partition: number): number {
    return this.#sequences.get(partition) ?? 0;
  }

  /** Other messages than those that may be stored need another producer: their numbers would be taken for theirs. */
  #forget(): void {
    this.#pending = undefined;
    this.#identity = undefined;
    this.#sequences.clear();
  }

  async #becomeProducer(signal: AbortSignal): Promise<{ producerId: bigint; epoch: number }> {
    const connection = await this.#anyBroker(signal);
    if (connection.versionOf("initProducerId") === undefined) return { producerId: -1n, epoch: -1 };
    const answer = await connection.ask("initProducerId", new ByteWriter().string(null).int32(-1), signal);
    answer.int32();
    const code = answer.int16();
    if (code !== 0) throw new BrokerRefusal(code);
    return { producerId: answer.int64(), epoch: answer.int16() };
  }

  async #ask(signal: AbortSignal): Promise<Layout> {
    if (this.#layout !== undefined && Date.now() - this.#layout.atMs < METADATA_MS) return this.#layout;
    const connection = await this.#anyBroker(signal);
    const version = connection.versionOf("metadata") ?? 0;
    const body = new ByteWriter().int32(1).string(this.#target.topic);
    // As the broker is set: it makes the topic or it does not.
    if (version >= 4) body.int8(1);
    const answer = await connection.ask("metadata", body, signal);
    if (version >= 3) answer.int32();
    const brokers = answer.list(() => {
      const [id, host, port] = [answer.int32(), answer.string() ?? "", answer.int32()];
      answer.string();
      return [id, { host, port }] as const;
    });
    if (version >= 2) answer.string();
    answer.int32();
    const [topic] = answer.list(() => {
      const code = answer.int16();
      answer.string();
      answer.bool();
      const partitions = answer.list(() => {
        answer.int16();
        const [partition, leader] = [answer.int32(), answer.int32()];
        for (let lists = version >= 5 ? 3 : 2; lists > 0; lists--) answer.list(() => answer.int32());
        return [partition, leader] as const;
      });
      return { code, partitions };
    });
    if (topic === undefined || topic.code !== 0) throw new BrokerRefusal(topic?.code ?? 3);
    const leaders = new Map(topic.partitions.toSorted(([a], [b]) => a - b));
    return (this.#layout = { atMs: Date.now(), brokers: new Map(brokers), leaders });
  }

  /** A connection to one of the brokers of the settings: the first that answers. */
  async #anyBroker(signal: AbortSignal): Promise<BrokerConnection> {
    let failure: unknown;
    for (const broker of this.#target.brokers) {
      try {
        return await this.#connection(broker, signal);
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  async #connection(broker: Broker, signal: AbortSignal): Promise<BrokerConnection> {
    const key = `${broker.host} ${broker.port}`;
    const known = this.#connections.get(key);
    if (known?.usable) return known;
    const made = await BrokerConnection.open(broker, this.#target, signal);
    this.#connections.set(key, made);
    return made;
  }
}

const sameMessages = (a: readonly Buffer[], b: readonly Buffer[]): boolean =>
  a.length === b.length && a.every((message, i) => message.equals(b[i]!));
