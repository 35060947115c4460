import { bytes, ipfix, ipfixOptions, set, template } from "@ngflow/wire/testing";
import { expect, it } from "vitest";
import { DatagramPrinter } from "./datagram-printer.ts";

const PEN = 99_998;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text.padEnd(8, "\0"));

const flows = set(
  2,
  template(256, [
    [8, 4],
    [7, 4, PEN],
  ]),
);
const described = (name: string): Uint8Array[] => [
  set(
    3,
    ipfixOptions(
      300,
      [
        [346, 4],
        [303, 2],
      ],
      [
        [339, 1],
        [341, 8],
      ],
    ),
  ),
  set(300, bytes([PEN, 4], [7, 2], [3, 1], utf8(name))),
];
const flow = set(256, bytes([0x0a000001, 4], [77, 4]));

it("prints fields by the names that their exporter sent for them", () => {
  const lines: { kind: string; fields: Record<string, unknown> }[] = [];
  const printer = new DatagramPrinter((line) => lines.push(JSON.parse(line) as (typeof lines)[0]));
  printer.decode(ipfix({ domain: 4 }, flows, flow), "192.0.2.1", 1, 0);
  printer.decode(ipfix({ domain: 4 }, ...described("depth"), flow), "192.0.2.1", 1, 0);
  printer.decode(ipfix({ domain: 5 }, flows, flow), "192.0.2.1", 1, 0);
  printer.decode(ipfix({ domain: 0 }, ...described("all"), flows, flow), "192.0.2.1", 1, 0);
  printer.decode(ipfix({ domain: 5 }, flow), "192.0.2.1", 1, 0);
  printer.decode(ipfix({ domain: 4 }, flows, flow), "192.0.2.9", 1, 0);
  const private_ = lines.filter(({ kind }) => kind === "flow").map(({ fields }) => Object.entries(fields).at(-1));
  const unnamed = [`${PEN}.7`, "0x0000004d"];
  expect(private_).toEqual([unnamed, ["depth", 77], unnamed, ["all", 77], ["all", 77], unnamed]);
});
