/** What a broker's answer asks for. */
type Kind =
  /** Ask again who leads the partition, and send again. */
  | "again"
  /** The broker does not know this producer any more: become another one. */
  | "producer"
  /** The broker has the batch. */
  | "had"
  | "final";

/** Codes of Kafka's protocol that a producer gets, with what they say to an operator. */
const CODES: Readonly<Record<number, readonly [kind: Kind, text: string]>> = {
  2: ["again", "the broker found a batch damaged"],
  3: ["again", "the broker has no such topic, or does not show it"],
  5: ["again", "the partition has no leader now"],
  6: ["again", "the broker does not lead the partition"],
  7: ["again", "the broker did not get the copies of a batch in time"],
  9: ["again", "a copy of the partition is not there"],
  10: ["final", "the broker takes no batch of this size: make #batch smaller or its max.message.bytes larger"],
  13: ["again", "the broker lost a connection"],
  14: ["again", "the coordinator is loading"],
  17: ["final", "the broker refuses the name of the topic"],
  18: ["final", "the broker refuses a batch of this size"],
  19: ["again", "too few copies of the partition are in sync"],
  20: ["again", "too few copies of the partition are in sync; the batch may be there"],
  29: ["final", "the broker does not permit this user to write to the topic"],
  31: ["final", "the broker does not permit this user IdempotentWrite on the cluster"],
  33: ["final", "the broker does not have this SASL mechanism"],
  34: ["final", "the broker expected something else at sign-in"],
  35: ["final", "the broker does not have this version of a request"],
  41: ["again", "the broker is not the controller"],
  45: ["producer", "the broker lacks a batch before this one"],
  46: ["had", "the broker has the batch"],
  47: ["producer", "another one became this producer"],
  49: ["producer", "the broker does not know the producer"],
  56: ["again", "the broker cannot write to its disk"],
  58: ["final", "the broker refused the user or the password"],
  59: ["producer", "the broker does not know the producer"],
  87: ["final", "the topic refuses the messages: is it compacted?"],
  89: ["again", "the broker is throttling"],
};

/** A broker's answer that is not what was asked for. */
export class BrokerRefusal extends Error {
  readonly kind: Kind;

  /** @param reason in the broker's words */
  constructor(code: number, reason: string | null = null) {
    const [kind, text] = CODES[code] ?? ["final", "the broker refused"];
    super(`${text} (code ${code})${reason === null ? "" : `: ${reason}`}`);
    this.kind = kind;
  }
}
