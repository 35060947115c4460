import { failed, type LineSink, reasonOf, SEND_MS } from "../sink.ts";
import type { KafkaTarget } from "./kafka-target.ts";
import { Producer } from "./producer.ts";

/** Brokers take batches of 1 MiB unless set otherwise (`message.max.bytes`); a part is for what is around the lines. */
const MOST_BYTES = 900_000;

/** Writes lines to a topic, each as a message. They are taken when all copies that are in sync have them. */
export function kafkaSink(target: KafkaTarget): LineSink {
  const producer = new Producer(target);
  return {
    mostBytes: MOST_BYTES,
    async send(lines, ending) {
      const values = lines
        .trimEnd()
        .split("\n")
        .map((line) => Buffer.from(line));
      try {
        await producer.send(values, AbortSignal.any([ending, AbortSignal.timeout(SEND_MS)]));
        return undefined;
      } catch (error) {
        throw failed(reasonOf(error), error);
      }
    },
    close: async () => producer.close(),
  };
}
