import { expect, test } from "vitest";
import { flagText, flowCells } from "./render.ts";

const ROW = {
  TimeStart: "2026-01-02T03:00:00.000Z",
  TimeEnd: "2026-01-02T03:00:04.200Z",
  Proto: "tcp",
  SrcAddr: "10.0.0.1",
  SrcPort: 50_000,
  DstAddr: "2001:db8::1",
  DstPort: 443,
  Packets: 1234,
  Bytes: 1_500_000,
  TcpFlags: 27,
  InIf: 2,
  OutIf: 0,
  ExporterAddr: "127.0.0.1",
};

test("a record as people read it", () => {
  const texts = Object.fromEntries(flowCells(ROW).map(({ name, text }) => [name, text]));
  expect(texts).toMatchObject({
    TimeStart: "4.2 s",
    Proto: "TCP",
    DstPort: "443 https",
    Packets: "1,234",
    Bytes: "1.50\u202fMB",
    TcpFlags: "FSPA",
  });
});

test("values carry their predicate, counters do not", () => {
  const marks = Object.fromEntries(flowCells(ROW).map(({ name, mark }) => [name, mark]));
  expect(marks["SrcAddr"]).toEqual({ SrcAddr: "10.0.0.1" });
  expect(marks["Bytes"]).toBeNull();
});

test("what a protocol does not have is left blank", () => {
  const cells = flowCells({ ...ROW, Proto: "gre", SrcPort: 0, DstPort: 0, TcpFlags: 0 });
  expect(cells.filter(({ text }) => text === "").map(({ name }) => name)).toEqual(["SrcPort", "DstPort", "TcpFlags"]);
});

test.each([
  [{ Proto: "icmp", IcmpType: 8, IcmpCode: 0 }, "echo request"],
  [{ Proto: "ipv6-icmp", IcmpType: 135, IcmpCode: 0 }, "neighbor solicitation"],
  [{ Proto: "icmp", IcmpType: 200, IcmpCode: 2 }, "type 200 code 2"],
])("ICMP has a type, not a port: %j", (fields, text) => {
  const cells = flowCells({ ...ROW, SrcPort: 0, DstPort: 2048, ...fields });
  expect(cells.find(({ name }) => name === "DstPort")).toMatchObject({ text, mark: { IcmpType: fields.IcmpType } });
});

test("flags in the order of their bits", () => {
  expect(flagText("FSRPAUEC", 0)).toBe("");
  expect(flagText("FSRPAUEC", 0xff)).toBe("FSRPAUEC");
});
