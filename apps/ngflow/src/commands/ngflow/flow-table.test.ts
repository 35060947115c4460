import { expect, test } from "vitest";
import { flowTables } from "./flow-table.ts";

const V4 = {
  TimeStart: "2026-01-02T10:00:00.123Z",
  TimeEnd: "2026-01-02T10:00:01.123Z",
  Proto: "tcp",
  SrcAddr: "10.20.0.14",
  SrcPort: 42654,
  DstAddr: "192.0.2.1",
  DstPort: 873,
  Packets: 73,
  Bytes: 100_582,
};
const V6 = { ...V4, SrcAddr: "2001:db8:5e::1f", DstAddr: "2001:db8:20::23" };
const heading = (text: string): string => text.split("\n")[0]!;

test("a table of flows fits the terminal: it leaves out ends, then dates, then packets", () => {
  const widths = [200, 100, 80, 70].map((width) => flowTables({ human: true, width })([V4]));
  expect(widths.map(({ omitted }) => omitted)).toEqual([[], ["TimeEnd"], ["TimeEnd"], ["TimeEnd", "Packets"]]);
  expect(widths[2]!.text).toBe(
    "TimeStart  Proto  SrcAddr     SrcPort  DstAddr    DstPort  Packets   Bytes\n" +
      "10:00:00   tcp    10.20.0.14    42654  192.0.2.1      873       73  101 kB\n",
  );
});

test("addresses of IPv6 leave the ports no columns of their own, and long ones are above one another", () => {
  const short = { ...V6, Proto: "ipv6-icmp", SrcAddr: "2001:db8:5e::1ff" };
  const joined = flowTables({ human: true, width: 80 })([short, V4]).text.split("\n");
  expect(joined[0]).toMatch(/^TimeStart {2}Proto +SrcAddr:Port +DstAddr:Port +Bytes$/);
  expect(joined[1]).toMatch(/^10:00:00 +ipv6-icmp {2}\[2001:db8:5e::1ff\]:42654 {2}\[2001:db8:20::23\]:873 +101 kB$/);
  const long = {
    ...V4,
    SrcAddr: "2001:db8:1234:5678:9abc:def0:1234:5678",
    DstAddr: "2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa",
  };
  const stacked = flowTables({ human: true, width: 80 })([V4, long]).text.split("\n");
  for (const line of [...joined, ...stacked]) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(stacked.slice(1)).toEqual([
    "10:00:00   tcp    10.20.0.14:42654                                101 kB",
    "                  > 192.0.2.1:873",
    "10:00:00   tcp    [2001:db8:1234:5678:9abc:def0:1234:5678]:42654  101 kB",
    "                  > [2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa]:873",
    "",
  ]);
});

test("the first rows choose the columns of all", () => {
  const print = flowTables({ human: true, width: 80 });
  const first = print([V6]);
  expect(first.omitted).toEqual(["TimeEnd", "Packets"]);
  expect(heading(print([V4]).text).replaceAll(/ +/g, " ")).toBe(heading(first.text).replaceAll(/ +/g, " "));
});

test("flows of several days have their dates", () => {
  const rows = [V4, { ...V4, TimeStart: "2026-01-01T23:59:59.999Z" }];
  const { text } = flowTables({ human: true, width: 80 })(rows);
  expect(text).toContain("01-02 10:00:00");
  expect(text).toContain("01-01 23:59:59");
});

test("without a terminal everything is shown", () => {
  expect(flowTables({ human: false })([V6])).toMatchObject({ omitted: [] });
});

test("names that exporters sent are shown where there is room, before ends and dates", () => {
  const rows = [
    { ...V4, ExporterName: "edge-1", InIfName: "xe-0/0/1", OutIfName: "" },
    { ...V4, ExporterName: "", InIfName: "xe-0/0/2", OutIfName: "" },
  ];
  const shown = (width: number): string => heading(flowTables({ human: true, width })(rows).text);
  expect(shown(200)).toMatch(/TimeEnd .* Bytes {2}ExporterName {2}InIfName$/);
  expect(shown(100)).toMatch(/^TimeStart {2}Proto .* Bytes {2}ExporterName {2}InIfName$/);
  expect(flowTables({ human: true, width: 80 })(rows)).toMatchObject({
    omitted: ["TimeEnd", "ExporterName", "InIfName"],
  });
});

test("rows that come later have the columns of the first, also names", () => {
  const without = flowTables({ human: true, width: 200 });
  without([V4]);
  expect(heading(without([{ ...V4, InIfName: "eth0" }]).text)).not.toContain("InIfName");
  const named = flowTables({ human: true, width: 200 });
  named([{ ...V4, InIfName: "eth0" }]);
  expect(named([V4]).text).toMatch(/InIfName\n.* 101 kB\n$/);
});

test("names next to values are shown where there is room, and take no column", () => {
  const nameOf = (column: string): string | undefined => (column === "SrcAddr" ? "anna-laptop.example.net" : undefined);
  const shown = (width: number): string => flowTables({ human: true, width })([V4], nameOf).text;
  expect(shown(200)).toContain("10.20.0.14 anna-laptop.example.net  ");
  expect(heading(shown(200))).toContain("TimeEnd");
  expect(shown(100)).not.toContain("anna");
  expect(heading(shown(100))).toBe(heading(flowTables({ human: true, width: 100 })([V4]).text));
});
