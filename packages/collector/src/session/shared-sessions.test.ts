import { PROTOCOLS } from "@ngflow/wire";
import { bytes, set, template, type TestField, v9, v9Options } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { collectorSettings } from "../config.ts";
import { FlowDecoder } from "../flow-decoder.ts";
import { MemorySink } from "../testing/memory-collector.ts";

const FIELDS: TestField[] = [
  [8, 4],
  [2, 4],
];
const SWAPPED: TestField[] = [
  [2, 4],
  [8, 4],
];
const T0 = 1_700_000_001_000;
const TEMPLATE = set(0, template(256, FIELDS));
const AGAIN = set(0, template(256, SWAPPED));
/** A template that cannot be read: a field of no bytes. */
const UNREADABLE = set(0, template(256, [[8, 0]]));
const row = (first: number, second: number): Uint8Array => set(256, bytes([first, 4], [second, 4]));

/** A collector without sockets and files. */
class Member {
  readonly sink = new MemorySink();
  readonly decoder = new FlowDecoder(collectorSettings({ maxSessions: 64 }), this.sink, PROTOCOLS);
  readonly #sequences = new Map<number, number>();

  /** A datagram of the exporter, `seconds` after the start. */
  receive(seconds: number, sets: readonly Uint8Array[], port = 5000, connection = 0): void {
    const sequence = this.#sequences.get(port) ?? 0;
    this.#sequences.set(port, sequence + 1);
    const datagram = v9({ sequence }, ...sets);
    this.decoder.decode(datagram, 0, datagram.length, "192.0.2.1", port, T0 + seconds * 1000, connection);
  }

  /** Takes what another one knows. */
  take(name: string, other: Member): void {
    for (const _ of this.decoder.shared.replace(name, [...other.decoder.shared.own()]));
    while (this.decoder.isReady) this.decoder.step();
  }

  /** Packets of the rows so far. */
  packets(): unknown[] {
    this.decoder.flush();
    return this.sink.rows.map((each) => each["Packets"]);
  }
}

const two = (): [Member, Member] => [new Member(), new Member()];

describe("templates of collectors that share them", () => {
  it("decode data of one that another one received the template of, before and after it", () => {
    const [a, b] = two();
    a.receive(1, [row(1, 7)]);
    b.receive(2, [TEMPLATE]);
    expect(a.packets()).toEqual([]);
    a.take("b", b);
    a.receive(3, [row(1, 8)]);
    expect(a.packets()).toEqual([7, 8]);
    expect(a.decoder.shared.templatesShared).toBe(1);

    const late = new Member();
    late.take("b", b);
    late.receive(4, [row(1, 9)]);
    expect(late.packets()).toEqual([9]);
    expect(late.decoder.totals).toMatchObject({ setsRecovered: 0 });
  });

  it("are those that were sent last, wherever that was", () => {
    const [a, b] = two();
    a.receive(1, [TEMPLATE]);
    b.receive(2, [AGAIN]);
    a.take("b", b);
    b.take("a", a);
    for (const member of [a, b]) member.receive(3, [row(11, 1)]);
    expect([a.packets(), b.packets()]).toEqual([[11], [11]]);
    // It is sent again as it was first, to the other one.
    a.receive(4, [TEMPLATE]);
    a.take("b", b);
    b.take("a", a);
    for (const member of [a, b]) member.receive(5, [row(1, 12)]);
    expect([a.packets(), b.packets()]).toEqual([
      [11, 12],
      [11, 12],
    ]);
  });

  it("are void for all when one was sent a definition that cannot be read", () => {
    const [a, b] = two();
    b.receive(1, [TEMPLATE]);
    b.receive(1, [set(0, template(257, FIELDS))]);
    a.receive(2, [row(1, 5)]);
    a.take("b", b);
    b.receive(3, [UNREADABLE]);
    a.take("b", b);
    b.take("a", a);
    for (const member of [a, b]) member.receive(4, [row(1, 6)]);
    expect([a.packets(), b.packets()]).toEqual([[5], []]);
    expect([a.decoder.held.setsHeld, b.decoder.held.setsHeld]).toEqual([1, 1]);
  });

  it("are not those of another port, nor of a connection", () => {
    const [a, b] = two();
    a.receive(1, [row(1, 7)]);
    b.receive(2, [TEMPLATE], 5001);
    b.receive(2, [TEMPLATE], 5000, 3);
    a.take("b", b);
    expect(a.packets()).toEqual([]);
    expect([...b.decoder.shared.own()].map(({ port }) => port)).toEqual([5001]);
  });

  it("are passed on by the one that received them only", () => {
    const [a, b] = two();
    a.receive(1, [row(1, 7)]);
    b.receive(2, [TEMPLATE]);
    a.take("b", b);
    expect([...a.decoder.shared.own()]).toEqual([]);
    a.receive(3, [TEMPLATE]);
    expect([...a.decoder.shared.own()]).toHaveLength(1);
  });

  it("come with what exporters said of sampling, also when that changes", () => {
    const [a, b] = two();
    const sampling = (rate: number): Uint8Array[] => [
      set(1, v9Options(300, [[1, 4]], [[34, 4]])),
      set(300, bytes([0, 4], [rate, 4])),
    ];
    const rates = (): unknown[] => {
      a.decoder.flush();
      return a.sink.rows.map((each) => each["SamplingRate"]);
    };
    b.receive(1, [...sampling(100), TEMPLATE]);
    a.take("b", b);
    a.receive(2, [row(1, 7)]);
    expect(rates()).toEqual([100]);
    b.receive(3, sampling(200));
    a.take("b", b);
    b.take("a", a);
    a.receive(4, [row(1, 7)]);
    expect(rates()).toEqual([100, 200]);
    expect([...b.decoder.shared.own()][0]).toMatchObject({ samplingRate: 200 });
  });
});
