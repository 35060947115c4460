import { CheckedDecoder } from "./checked-decoder.mjs";
import { mutated } from "./mutate.mjs";
import { Random } from "./random.mjs";

const DATAGRAMS = 400;
/** Bounds that a round reaches soon. */
const SMALL = { batchRows: 64, heldBytes: 20_000, maxTemplates: 20, maxTemplateFields: 900, maxSessions: 12 };
/** Exporters of a flood of forged addresses. */
const FORGED = 100_000;
/** Most bytes that `ngflow decode` prints of a datagram: its work is bounded, and no field is longer than it. */
const MOST_PRINTED = 64 * 1024 * 1024;

const addressOf = (i) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;

/** Prints a datagram as `ngflow decode` does. */
class Printer {
  #printed = 0;
  #printer;

  constructor({ DatagramPrinter }) {
    this.#printer = new DatagramPrinter((line) => void (this.#printed += line.length));
  }

  print(bytes, address, port) {
    this.#printed = 0;
    this.#printer.decode(bytes, address, port, 0);
    if (this.#printed > MOST_PRINTED) throw new Error(`${this.#printed} bytes were printed of a datagram`);
    while (this.#printer.isReady) this.#printer.step();
  }
}

/**
 * Decodes mutated and hostile datagrams in two decoders: one has each alone in its memory, the other between random
 * bytes. What is read outside makes them differ.
 */
function mutationRound({ parts, whole, hostile }, random) {
  const config = random.once(4) ? {} : SMALL;
  const alone = new CheckedDecoder(parts, config);
  const between = new CheckedDecoder(parts, config);
  const printer = new Printer(parts);
  for (let i = 0; i < DATAGRAMS; i++) {
    const bytes = random.once(8)
      ? random.pick(hostile)
      : mutated(random.pick(random.once(4) ? hostile : whole), random, whole);
    const address = addressOf(random.below(random.pick([1, 4, 40])));
    const port = 2000 + random.below(3);
    const afterMs = random.once(20) ? random.pick([1000, 40_000, 2_000_000]) : random.below(20);
    const noisy = random.bytes(bytes.length + 128);
    noisy.set(bytes, 64);
    for (const decoder of [alone, between]) decoder.pass(afterMs);
    alone.decode(bytes, 0, bytes.length, address, port);
    between.decode(noisy, 64, 64 + bytes.length, address, port);
    if (i % 10 === 0) for (const decoder of [alone, between]) decoder.honest();
    if (i % 50 === 49) for (const decoder of [alone, between]) decoder.check();
    printer.print(bytes, address, port);
  }
  if (alone.sink.rows !== between.sink.rows || alone.sink.sum !== between.sink.sum) {
    throw new Error("bytes outside a datagram change its rows");
  }
  return { datagrams: 2 * DATAGRAMS, slowestMs: Math.max(alone.slowestMs, between.slowestMs) };
}

/** Decodes every truncation of one seed, in order and backwards, after the whole. */
function truncationRound({ parts, whole: datagrams }, random) {
  const whole = random.pick(datagrams).subarray(0, 4000);
  const decoder = new CheckedDecoder(parts, random.once(2) ? {} : SMALL);
  const printer = new Printer(parts);
  decoder.decode(whole, 0, whole.length, "10.0.0.1", 2055);
  for (const backwards of [false, true]) {
    for (let i = 0; i < whole.length; i++) {
      const length = backwards ? whole.length - i : i;
      decoder.decode(whole, 0, length, "10.0.0.1", 2055);
      if (!backwards) printer.print(whole.slice(0, length), "10.0.0.1", 2055);
      if (i % 100 === 0) decoder.honest(10);
    }
  }
  decoder.check();
  return { datagrams: 2 * whole.length, slowestMs: decoder.slowestMs };
}

/** One hostile datagram again and again: floods of templates, lists in lists, data that waits. */
function floodRound({ parts, hostile, most }, random) {
  const decoder = new CheckedDecoder(parts);
  const printer = new Printer(parts);
  const bytes = random.once(30) ? most : random.pick(hostile);
  for (let i = 0; i < 60; i++) {
    decoder.decode(bytes, 0, bytes.length, addressOf(random.below(3)), 2000 + random.below(60));
    decoder.honest(5);
    if (i < 3) printer.print(bytes, "10.0.0.1", 2055);
  }
  decoder.check();
  return { datagrams: 60, slowestMs: decoder.slowestMs };
}

/** Datagrams of 100,000 forged exporters, within ten seconds. */
function forgedRound({ parts, hostile, first }, random) {
  const decoder = new CheckedDecoder(parts);
  for (let i = 0; i < FORGED; i++) {
    const bytes = random.pick(random.once(3) ? hostile : first);
    decoder.decode(bytes, 0, Math.min(bytes.length, 1400), addressOf(random.below(1 << 24)), 2055);
    if (i % 100 === 0) decoder.honest(10);
  }
  decoder.check();
  return { datagrams: FORGED, slowestMs: decoder.slowestMs };
}

/** The kinds of rounds. Each takes ingredients and random numbers, and throws when a promise is broken. */
export const ROUNDS = { mutation: mutationRound, truncation: truncationRound, flood: floodRound, forged: forgedRound };

/** The round of a number: mutations mostly, the forged addresses once in 40. */
export function kindOf(number) {
  if (number % 40 === 1) return "forged";
  return number % 4 === 2 ? "truncation" : number % 4 === 3 ? "flood" : "mutation";
}

export const randomOf = (seed, number) => new Random(Math.imul(seed, 0x9e37) + number * 7919);
