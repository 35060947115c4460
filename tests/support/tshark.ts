import { flowKey, type FlowTotal } from "./capture.ts";
import { account, type Collected, reverseKey } from "./collected.ts";
import { must } from "./command.ts";

const decode = (file: string): string[] => ["-r", file, "-d", "udp.port==1-65535,cflow", "-n"];

/** One value of a dissected flow: the text after `label:`, or the number in brackets at its end. */
function dissected(block: string, label: string): string {
  const found = new RegExp(`^ *${label}: *([^\\n]*?)(?: \\(([0-9]+)\\))? *$`, "m").exec(block);
  return found?.[2] ?? found?.[1] ?? "";
}

/** ICMP type × 256 + code where the flow has them in a field of their own. */
function dissectedIcmp(block: string, proto: number): number | undefined {
  const [both, type] = [dissected(block, "ICMP Type"), dissected(block, "IPv6 ICMP Type")];
  if (proto === 1 && both !== "") return Number(both);
  return proto === 58 && type !== "" ? Number(type) * 256 + Number(dissected(block, "IPv6 ICMP Code")) : undefined;
}

/** The lines of a block about the forward or the reverse direction, those without that remark. */
function splitDirections(block: string): { forward: string; reverse: string } {
  const remark = / \(Reverse Type \d+ \w+\)/;
  const lines = block.split("\n");
  return {
    forward: lines.filter((line) => !remark.test(line)).join("\n"),
    reverse: lines
      .filter((line) => remark.test(line))
      .map((line) => line.replace(remark, ""))
      .join("\n"),
  };
}

/** Dissects a capture of export datagrams with tshark; `log` is its list of expert infos and malformed packets. */
export function dissectWithTshark(file: string): Collected {
  const text = dissectText(file);
  const flows = new Map<string, FlowTotal>();
  const reverse = new Map<string, FlowTotal>();
  // Options records (a sampler, an interface's name) are listed as flows too, but have no addresses.
  const blocks = text.split(/^ +(?:Flow|pdu) [0-9/]+ *$/m).filter((block) => /^ +SrcAddr:/m.test(block));
  for (const block of blocks) {
    const directions = splitDirections(block);
    const { forward } = directions;
    const proto = Number(dissected(forward, "Protocol"));
    const [src, dst] = [dissected(forward, "SrcAddr"), dissected(forward, "DstAddr")];
    const dstPort = dissectedIcmp(forward, proto) ?? Number(dissected(forward, "DstPort") || 0);
    const key = flowKey(src, dst, Number(dissected(forward, "SrcPort") || 0), dstPort, proto);
    account(flows, key, Number(dissected(forward, "Octets")), Number(dissected(forward, "Packets")));
    const packets = Number(dissected(directions.reverse, "Packets"));
    if (packets !== 0) account(reverse, reverseKey(key), Number(dissected(directions.reverse, "Octets")), packets);
  }
  const expert = must(["tshark", ...decode(file), "-q", "-z", "expert,chat"], { timeoutMs: 120_000 });
  return { flows, reverse, records: blocks.length, log: expert };
}

/** Everything that tshark shows of the export datagrams in a capture. */
export function dissectText(file: string): string {
  return must(["tshark", ...decode(file), "-V", "-O", "cflow"], { timeoutMs: 120_000 });
}
