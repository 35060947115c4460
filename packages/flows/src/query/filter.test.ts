import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIpv6 } from "@ngflow/base";
import { COLUMNS } from "../columns.ts";
import type { EntryTest } from "./entry.ts";
import { filterAliases } from "./fields.ts";
import { FilterError } from "./filter-error.ts";
import { parseFilter } from "./filter.ts";
import type { Literal, Predicate } from "./tree.ts";
import { valueByName } from "./value-by-name.ts";

/** A tree as text, to be compared at a glance. */
function show(tree: Predicate): string {
  switch (tree.kind) {
    case "all":
      return "all";
    case "and":
    case "or":
      return `(${tree.terms.map(show).join(` ${tree.kind} `)})`;
    case "not":
      return `not ${show(tree.term)}`;
    case "compare":
      return `${tree.column} ${tree.operator} ${value(tree.value)}`;
    case "between":
      return `${tree.column} in ${value(tree.low)}..${value(tree.high)}`;
    case "entry":
      return `Extra.${tree.key} ${showTest(tree.test)}`;
    case "named":
      return `${tree.value} = ${tree.test.is === "like" ? `like ${tree.test.pattern}` : tree.test.texts.join("|")}`;
    case "lookup":
      return "lookup";
    case "oneOf":
      return `${tree.column} in {${tree.values.map(value).join(" ")}}`;
    case "prefixes":
      return `${tree.column} in {${tree.prefixes.map(({ bytes, length }) => `${formatIpv6(bytes)}/${length}`).join(" ")}}`;
    case "bits":
      return `${tree.column} has ${tree.match} of ${tree.mask}`;
    case "columns":
      return `${tree.left} ${tree.operator} ${tree.right}`;
  }
}

function showTest(test: EntryTest): string {
  if (test.is === "oneOf") return `in {${test.texts.join("|")}}`;
  if (test.is === "string") return `text in {${test.texts.join("|")}}`;
  return test.is === "there" ? "there" : `${test.operator} ${test.value}`;
}

function value(literal: Literal): string {
  return literal.kind === "ip" ? formatIpv6(literal.bytes) : String(literal.value);
}

describe("filter", () => {
  it.each([
    ["", "all"],
    ["  \n ", "all"],
    ["SrcAddr = 10.0.0.1", "SrcAddr = ::ffff:10.0.0.1"],
    ["SRCADDR=10.0.0.1", "SrcAddr = ::ffff:10.0.0.1"],
    ["DstAddr in 10.0.0.0/8", "DstAddr in ::ffff:10.0.0.0..::ffff:10.255.255.255"],
    ["DstAddr = 10.1.2.3/8", "DstAddr in ::ffff:10.0.0.0..::ffff:10.255.255.255"],
    ["dst 10.1.2.3/32", "DstAddr = ::ffff:10.1.2.3"],
    ["src in 2001:db8::/31", "SrcAddr in 2001:db8::..2001:db9:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["src ::/0", "SrcAddr in ::..ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["src 0.0.0.0/0", "SrcAddr in ::ffff:0.0.0.0..::ffff:255.255.255.255"],
    ["src 10.0.0.1-10.0.0.9", "SrcAddr in ::ffff:10.0.0.1..::ffff:10.0.0.9"],
    ["src != ::1", "not SrcAddr = ::1"],
    ["src not in (::1, ::2)", "not SrcAddr in {::1 ::2}"],
    ["host 10.0.0.1", "(SrcAddr = ::ffff:10.0.0.1 or DstAddr = ::ffff:10.0.0.1)"],
    ["host != 10.0.0.1", "not (SrcAddr = ::ffff:10.0.0.1 or DstAddr = ::ffff:10.0.0.1)"],
    ["Proto = tcp", "Proto = 6"],
    ["proto TCP", "Proto = 6"],
    ["proto 47", "Proto = 47"],
    ["proto in (tcp, udp, ipv6-icmp, icmp6)", "Proto in {6 17 58 58}"],
    ["proto ipv6-icmp", "Proto = 58"],
    ["SrcPort in (80,443)", "SrcPort in {80 443}"],
    ["SrcPort in 1024-65535", "SrcPort in 1024..65535"],
    ["SrcPort in (53, 1024-65535)", "(SrcPort = 53 or SrcPort in 1024..65535)"],
    ["port 53", "(SrcPort = 53 or DstPort = 53)"],
    ["src port 53 and dst port >= 1024", "(SrcPort = 53 and DstPort >= 1024)"],
    ["Extra.natPoolName", "Extra.natPoolName there"],
    ["InIfName = ge-0/0/1", "InIfName = ge-0/0/1"],
    ['if name not in (a, "b c")', "not (InIfName = a|b c or OutIfName = a|b c)"],
    ["ExporterName !~ core*", "not ExporterName = like core*"],
    ["InIfName = Bytes and Bytes > 1", "(InIfName = Bytes and Bytes > 1)"],
    ["not (extra.9.12345) or proto tcp", "(not Extra.9.12345 there or Proto = 6)"],
    ["Extra.url = 'a b' and Extra.url != c", "(Extra.url in {a b} and not Extra.url in {c})"],
    ["Extra.a in (1, 'x') Extra.b >= 7", "(Extra.a in {1|x} and Extra.b >= 7)"],
    ["src port 53 dst port 5", "(SrcPort = 53 and DstPort = 5)"],
    ["port > 1024", "(SrcPort > 1024 or DstPort > 1024)"],
    ["bytes > 10k", "Bytes > 10000"],
    ["Bytes <= 18446744073709551615", "Bytes <= 18446744073709551615"],
    ["Packets <> 1", "not Packets = 1"],
    ["Tos = 0xb8", "Tos = 184"],
    ["TcpFlags SA", "TcpFlags = 18"],
    ["flags SA", "(Proto = 6 and TcpFlags has all of 18)"],
    [
      "flags S and not flags AFRPU",
      "((Proto = 6 and TcpFlags has all of 2) and not (Proto = 6 and TcpFlags has any of 61))",
    ],
    ["not (flags AF)", "not (Proto = 6 and TcpFlags has any of 17)"],
    ["flags X", "(Proto = 6 and TcpFlags has all of 63)"],
    ["flags 18", "(Proto = 6 and TcpFlags = 18)"],
    ["flags = SA", "TcpFlags = 18"],
    ["TcpFlags has S", "TcpFlags has all of 2"],
    ["not TcpFlags HAS 0x3", "not TcpFlags has all of 3"],
    ["dst port in [80 443]", "DstPort in {80 443}"],
    ["dst port in [80,443, 1024-2000]", "(DstPort in {80 443} or DstPort in 1024..2000)"],
    ["src ip in [10.0.0.0/8 ::1]", "(SrcAddr = ::1 or SrcAddr in ::ffff:10.0.0.0..::ffff:10.255.255.255)"],
    ["src net 10/8", "SrcAddr in ::ffff:10.0.0.0..::ffff:10.255.255.255"],
    ["src net 10.1/16", "SrcAddr in ::ffff:10.1.0.0..::ffff:10.1.255.255"],
    ["src net 10.1.2.3 255.0.0.0", "SrcAddr in ::ffff:10.0.0.0..::ffff:10.255.255.255"],
    ["dst net 192.0.2.1 255.255.255.255", "DstAddr = ::ffff:192.0.2.1"],
    ["src or dst port 53", "(SrcPort = 53 or DstPort = 53)"],
    [
      "src and dst net 10.0.0.0/30 ",
      "(SrcAddr in ::ffff:10.0.0.0..::ffff:10.0.0.3 and DstAddr in ::ffff:10.0.0.0..::ffff:10.0.0.3)",
    ],
    ["any", "all"],
    ["inet or ipv6", "(IpVersion = 4 or IpVersion = 6)"],
    ["proto tcp # comment\n and /* two\n */ port 1 -- three", "(Proto = 6 and (SrcPort = 1 or DstPort = 1))"],
    ["icmp-type 8", "(Proto in {1 58} and IcmpType = 8)"],
    ["packets GE 10 bytes LT 1M", "(Packets >= 10 and Bytes < 1000000)"],
    ["duration > 60s", "Duration > 60000"],
    ["duration <= 1500", "Duration <= 1500"],
    ["duration > 10k or duration < 1K", "(Duration > 10000 or Duration < 1000)"],
    ["Duration in 1s-1m30s", "Duration in 1000..90000"],
    ["bpp < 100 bps > 1k pps != 1", "(PacketSize < 100 and BitRate > 1000 and not PacketRate = 1)"],
    ["in src mac 0a:0b:0c:0d:0e:0f", "SrcMac = 11042563100175"],
    ["mpls label1 > 5", "MplsLabel > 5"],
    ["router ip 192.0.2.1 next ip ::1", "(ExporterAddr = ::ffff:192.0.2.1 and NextHop = ::1)"],
    ["observation domain id 7", "Domain = 7"],
    ["flowdir egress", "Direction = 1"],
    ["port https", "(SrcPort = 443 or DstPort = 443)"],
    ["SrcPort in (dns, HTTP)", "SrcPort in {53 80}"],
    ["src as AS64500", "SrcAS = 64500"],
    ["EType = IPv6", "IpVersion = 6"],
    ["SrcAddr << 10.0.0.0/8", "SrcAddr in ::ffff:10.0.0.0..::ffff:10.255.255.255"],
    ["SrcAddr !<< ::1", "not SrcAddr = ::1"],
    ["SrcPort = DstPort", "SrcPort = DstPort"],
    ["SrcAddr != DstAddr", "not SrcAddr = DstAddr"],
    ["Bytes > Packets", "Bytes > Packets"],
    ["TimeEnd = timestart", "TimeEnd = TimeStart"],
    ["Proto ~ 'udp*'", "Proto in {17 136}"],
    ["Proto LIKE ipv6-i%", "Proto in {58}"],
    ["Proto UNLIKE 'ipv6-?cmp'", "not Proto in {58}"],
    ["Proto NOTIN (tcp)", "not Proto = 6"],
    ["Side = server PacketSizeClass 64-127", "(Side = 2 and PacketSizeClass = 2)"],
    ["TcpFlags = 0x12", "TcpFlags = 18"],
    ["mac 0a:0b:0c:0d:0e:0f", "(SrcMac = 11042563100175 or DstMac = 11042563100175)"],
    ["SrcMac 0A-0B-0C-0D-0E-0F", "SrcMac = 11042563100175"],
    ["TimeStart >= 2026-01-02", "TimeStart >= 1767312000000"],
    ["TimeStart < '2026-01-02 10:00:00.5+01:00'", "TimeStart < 1767344400500"],
    ["SamplingSource = options", "SamplingSource = 3"],
    ["proto tcp or proto udp and port 53", "(Proto = 6 or (Proto = 17 and (SrcPort = 53 or DstPort = 53)))"],
    ["(proto tcp or proto udp) and SrcPort 53", "((Proto = 6 or Proto = 17) and SrcPort = 53)"],
    ["not proto tcp and SrcPort 1", "(not Proto = 6 and SrcPort = 1)"],
    ["NOT (proto tcp AND SrcPort 1)", "not (Proto = 6 and SrcPort = 1)"],
    ["not not proto tcp", "not not Proto = 6"],
    ["! proto tcp && SrcPort 1 || SrcPort 2", "((not Proto = 6 and SrcPort = 1) or SrcPort = 2)"],
    ["proto 'tcp'", "Proto = 6"],
    ["exporter 192.0.2.1 if 3", "(ExporterAddr = ::ffff:192.0.2.1 and (InIf = 3 or OutIf = 3))"],
  ])("%s", (text, tree) => expect(show(parseFilter(text))).toBe(tree));

  it.each([
    ["colour = red", 0, /unknown column "colour"/],
    ["bytse > 1", 0, /unknown column "bytse"; did you mean "bytes"\?/],
    ["src prot 5", 4, /did you mean "src port"\?/],
    ["tcp", 0, /did you mean "proto tcp"\?/],
    ["proto tpc", 6, /not a protocol; did you mean "tcp"\?/],
    ["port htps", 5, /not a port number or service name; did you mean "https"\?/],
    ["proto tcp and ident core", 14, /^filter: ident: there are no named sources/],
    ["dst tos 5", 0, /dst tos: only the value before forwarding is stored/],
    ["mpls label2 5", 0, /only the top label/],
    ["@include f", 0, /command line only/],
    ["src net in @f", 11, /file f was not read/],
    ["net 10.0.0.0 255.0.255.0", 13, /not a netmask/],
    ["port in [80 443", 15, /expected a comma or "\]", found the end/],
    ["port in [80 443)", 15, /expected a comma or "\]"/],
    ["SrcPort = SrcAddr", 10, /cannot be compared/],
    ["SrcAddr > DstAddr", 10, /addresses take =/],
    ["SrcPort ~ 'h*'", 10, /the values of SrcPort have no names to compare; use App, at/],
    ["Bytes ~ 'h*'", 8, /the values of Bytes have no names to compare, at/],
    ["SrcMac ~ 'h*'", 9, /; use SrcMacVendor, at/],
    ["prot tcp", 0, /did you mean "proto"\?/],
    ["port 80 or 443", 11, /expected a column, found "443"; a list of values is written as port in \[80 443\]/],
    ["port (80 or 443)", 9, /expected a value for port, found "or"; a list is \[80 443\]/],
    ["and proto tcp", 0, /expected a column, found "and", at/],
    ["proto tcp /* to be done", 10, /comment without an end/],
    ["Direction = in", 12, /"in" is not a number, ingress or egress/],
    ["duration > 1M", 11, /not a duration/],
    ["Proto ~ 'zz*'", 8, /no value of Proto/],
    ["SrcAddr has 1", 12, /takes a column of flags/],
    ["SrcPort << 1", 11, /takes an address column/],
    ["Hour = 3", 0, /unknown column "Hour": only queries group by it; compare TimeStart/],
    ["duration > 5y", 11, /not a duration/],
    ["src or dst bytes 1", 11, /expected ip, net, port/],
    ["port 1\u0000", 6, /unexpected character 0x00/],
    ["proto \u202etcp", 6, /unexpected character U\+202E, at character 7 of "proto  tcp"$/],
    ["proto \u{1f600}", 6, /unexpected character "\u{1f600}"/u],
    [`bytes > ${"9".repeat(5000)}`, 8, /^filter: "9{60}…" is not a number, at character 9 of ".{30,80}"$/],
    ["port 1 ".repeat(1001), 7000, /more than 1000 comparisons/],
    ["proto tcp and", 13, /expected a column, found the end/],
    ["SrcPort =", 9, /expected a value for SrcPort, found the end/],
    ["SrcPort = x", 10, /"x" is not a port number or service name/],
    ["InIf = x", 7, /"x" is not a number/],
    ["SrcPort = 65536", 10, /above 65535/],
    ["SrcPort in 5-4", 11, /range 5-4 is empty/],
    ["SrcPort in 5-70000", 11, /above 65535/],
    ["SrcPort in (1, 2", 16, /expected a comma/],
    ["SrcPort in ()", 12, /expected a value/],
    ["SrcPort > (1,2)", 10, /one value, not a range or a list/],
    ["SrcPort > 1-2", 10, /one value, not a range/],
    ["src > 10.0.0.1", 6, /an address takes =/],
    ["src 10.0.0.0/33", 4, /length is above 32/],
    ["src ::/129", 4, /length is above 128/],
    ["src 10.0.0.256", 4, /not an? address/],
    ["src 10.0.0.9-10.0.0.1", 4, /is empty/],
    ["proto nope", 6, /"nope" is not a protocol/],
    ["mac 0a:0b", 4, /not an? MAC address/],
    ["TimeStart > now", 12, /not an? time/],
    ["TimeStart > 2026-02-30x", 12, /not an? time/],
    ["TimeStart > 2026-02-30", 12, /not an? time/],
    ["TimeStart > '2025-02-29 10:00'", 12, /not an? time/],
    ["(proto tcp", 10, /closing parenthesis/],
    ["proto tcp)", 9, /unexpected "\)"/],
    ["proto = 'tcp", 8, /quote without an end/],
    ["proto tcp; drop", 9, /unexpected character ";"/],
    ["'proto' tcp", 0, /expected a column/],
    ["1=1", 0, /expected a column, found "1"/],
    [`${"(".repeat(200)}proto tcp${")".repeat(200)}`, 64, /nested deeper than 64/],
    [`${"not ".repeat(200)}proto tcp`, 256, /nested deeper than 64/],
    ["x".repeat(10_001), 10_000, /longer than/],
  ])("%s: refused with its position", (text, position, said) => {
    let error: unknown;
    try {
      parseFilter(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FilterError);
    expect(error).toMatchObject({ exit: 64, code: "bad-filter", position, message: expect.stringMatching(said) });
  });

  it("knows every column by name, and every short name", () => {
    for (const { name, kind } of COLUMNS) {
      if (kind === "map") continue;
      const text = kind === "ip" ? "::1" : kind === "mac" ? "00:00:00:00:00:01" : kind === "ms" ? "2026-01-01" : "1";
      expect(show(parseFilter(`${name.toUpperCase()} = ${text}`))).toMatch(new RegExp(`^${name} = `));
    }
    for (const { name, columns } of filterAliases()) {
      const { kind } = valueByName(columns[0]!);
      const text = kind === "ip" ? "::1" : kind === "mac" ? "00:00:00:00:00:01" : name === "flags" ? "= 1" : "1";
      const tree = show(parseFilter(`${name} ${text}`));
      for (const column of columns) expect(tree).toContain(`${column} = `);
    }
  });

  it("answers any text with a tree or a FilterError", () => {
    const words = fc.constantFrom(
      "proto",
      "tcp",
      "and",
      "or",
      "not",
      "(",
      ")",
      ",",
      "in",
      "=",
      "!=",
      "<",
      "src",
      "port",
      "80",
      "10.0.0.0/8",
      "'",
      "1-2",
      "::",
      "\u0000",
      ";",
      "--",
      "[",
      "]",
      "flags",
      "SA",
      "SrcPort",
      "~",
      "*",
      "<<",
      "@x",
      "#",
      "or",
      "dst",
      "has",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((parts) => parts.join(" ")),
        ),
        (text) => {
          try {
            parseFilter(text);
          } catch (error) {
            expect(error).toBeInstanceOf(FilterError);
            expect((error as FilterError).position).toBeLessThanOrEqual(text.length);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("points at the error in one short line", () => {
    const pointerOf = (text: string): readonly string[] => {
      try {
        parseFilter(text);
      } catch (error) {
        return (error as FilterError).pointer;
      }
      return [];
    };
    expect(pointerOf("port = 80 and\nbytse > 1")).toEqual(["port = 80 and bytse > 1", "              ^"]);
    const [part, caret] = pointerOf(`${"port 80 or ".repeat(500)}bytse > 1${" or port 80".repeat(300)}`);
    expect(part).toMatch(/^….*…$/);
    expect(part!.length).toBeLessThan(70);
    expect(part!.slice(caret!.indexOf("^"))).toMatch(/^bytse/);
  });

  it("takes sets of values from files", () => {
    const sets = { hosts: "10.0.0.1 # one\n2001:db8::/32, 192.168/16\n\n", ports: "80\n443 8000-8010", bad: "1\nx" };
    expect(show(parseFilter("src net in @hosts", sets))).toBe(
      "SrcAddr in {::ffff:10.0.0.1/128 2001:db8::/32 ::ffff:192.168.0.0/112}",
    );
    expect(show(parseFilter("not src port in (22, @ports)", sets))).toBe(
      "not (SrcPort in {22 80 443} or SrcPort in 8000..8010)",
    );
    expect(() => parseFilter("port in @bad", sets)).toThrow(/bad line 2: "x" is not a port number/);
    expect(() => parseFilter("port in @none", sets)).toThrow(/file none was not read/);
    expect(() => parseFilter("port in @e", { e: "# nothing" })).toThrow(/e has no values/);
    const many = Array.from({ length: 100_001 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`).join("\n");
    expect(() => parseFilter("host in @many", { many })).toThrow(/more than 100000 values/);
    const half = many.slice(0, many.length * 0.6);
    expect(() => parseFilter("src net in @half or dst net in @half", { half })).toThrow(
      'half has more than 100000 values, with those before it, at character 32 of "src net in @half or dst net in @half"',
    );
  });

  it("keeps exactly the addresses of a prefix", () => {
    const address = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 128 }), (base, other, length) => {
        const tree = parseFilter(`src ${formatIpv6(base).replace(/^::ffff:(\d.*)$/, "$1")}/${length}`);
        if (tree.kind !== "between") return;
        const bits = (bytes: Uint8Array): bigint =>
          BigInt(`0x${[...bytes].map((b) => b.toString(16).padStart(2, "0")).join("")}`);
        const shift = BigInt(128 - length);
        const inside = bits(other) >> shift === bits(base) >> shift;
        const { low, high } = tree as { low: { bytes: Uint8Array }; high: { bytes: Uint8Array } };
        expect(bits(other) >= bits(low.bytes) && bits(other) <= bits(high.bytes)).toBe(inside);
      }),
    );
  });
});
