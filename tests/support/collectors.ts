import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { flowKey, type FlowTotal } from "./capture.ts";
import { Background, must, sleep } from "./command.ts";
import { protocolNumber } from "./protocols.ts";

/** What another collector understood: the totals per flow, and everything it had to say about how it went. */
export interface Collected {
  readonly flows: Map<string, FlowTotal>;
  readonly records: number;
  readonly log: string;
}

/** Adds a record up; a flow that was exported in several records is one flow again. */
function account(flows: Map<string, FlowTotal>, key: string, bytes: number, packets: number): void {
  const total = flows.get(key) ?? { bytes: 0, packets: 0 };
  total.bytes += bytes;
  total.packets += packets;
  flows.set(key, total);
}

/** nfdump prints an ICMP destination port as `type.code`. */
function nfdumpPort(text: string): number {
  const [type = "0", code] = text.trim().split(".");
  return code === undefined ? Number(type) : Number(type) * 256 + Number(code);
}

/** Runs nfcapd on a loopback port while `send` exports, and reads back what it wrote with nfdump. */
export async function collectWithNfcapd(folder: string, port: number, send: () => void): Promise<Collected> {
  const files = join(folder, "nfcapd");
  mkdirSync(files);
  const nfcapd = new Background(["nfcapd", "-w", files, "-b", "127.0.0.1", "-p", String(port), "-t", "3600"]);
  try {
    await nfcapd.until("nfcapd", () => (nfcapd.stdout + nfcapd.stderr).includes("Startup"));
    send();
    await sleep(1000);
  } finally {
    await nfcapd.stop();
  }
  return { ...readNfdump(files), log: nfcapd.stdout + nfcapd.stderr };
}

/** What nfdump says of the files in a folder that nfcapd or nfpcapd wrote. */
export function readNfdump(files: string): Omit<Collected, "log"> {
  const flows = new Map<string, FlowTotal>();
  const rows = must(["nfdump", "-R", files, "-o", "csv", "-q", "-N"]).trim().split("\n");
  for (const row of rows) {
    const [, , , src = "", dst = "", srcPort = "", dstPort = "", proto, , , , packets, bytes] = row.split(",");
    const key = flowKey(src.trim(), dst.trim(), Number(srcPort), nfdumpPort(dstPort), protocolNumber(proto));
    account(flows, key, Number(bytes), Number(packets));
  }
  return { flows, records: rows.length };
}

/** Runs nfacctd on a loopback port while `send` exports; it writes what it aggregated as JSON lines. */
export async function collectWithNfacctd(folder: string, port: number, send: () => void): Promise<Collected> {
  const output = join(folder, "nfacctd.json");
  const configuration = {
    nfacctd_ip: "127.0.0.1",
    nfacctd_port: port,
    plugins: "print",
    aggregate: "src_host,dst_host,src_port,dst_port,proto",
    print_refresh_time: 2,
    print_output: "json",
    print_output_file: output,
    print_output_file_append: "true",
  };
  const lines = Object.entries(configuration).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(join(folder, "nfacctd.conf"), lines.join(""));
  const nfacctd = new Background(["nfacctd", "-f", join(folder, "nfacctd.conf")]);
  const log = (): string => nfacctd.stdout + nfacctd.stderr;
  let said = "";
  try {
    await nfacctd.until("nfacctd", () => log().includes("waiting for") && log().includes("setting object handlers"));
    send();
    await nfacctd.until("nfacctd's output", () => existsSync(output) && /END .*QN: [1-9]/.test(log()));
    await sleep(2500);
    said = log();
  } finally {
    // Everything is in the file; asked to end, its processes wait for each other longer than a test should.
    await nfacctd.stop("SIGKILL");
  }
  const flows = new Map<string, FlowTotal>();
  const rows = readFileSync(output, "utf8").trim().split("\n");
  for (const row of rows) {
    const record = JSON.parse(row) as Record<string, string | number>;
    const [src, dst] = [String(record["ip_src"]), String(record["ip_dst"])];
    const ports = [Number(record["port_src"]), Number(record["port_dst"])] as const;
    const key = flowKey(src, dst, ...ports, protocolNumber(record["ip_proto"]));
    account(flows, key, Number(record["bytes"]), Number(record["packets"]));
  }
  return { flows, records: rows.length, log: said };
}

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

/** Dissects a capture of export datagrams with tshark; `log` is its list of expert infos and malformed packets. */
export function dissectWithTshark(file: string): Collected {
  const decode = ["-r", file, "-d", "udp.port==1-65535,cflow", "-n"];
  const text = must(["tshark", ...decode, "-V", "-O", "cflow"], { timeoutMs: 120_000 });
  const flows = new Map<string, FlowTotal>();
  // Options records (a sampler, an interface's name) are listed as flows too, but have no addresses.
  const blocks = text.split(/^ +(?:Flow|pdu) [0-9/]+ *$/m).filter((block) => /^ +SrcAddr:/m.test(block));
  for (const block of blocks) {
    const proto = Number(dissected(block, "Protocol"));
    const [src, dst] = [dissected(block, "SrcAddr"), dissected(block, "DstAddr")];
    const dstPort = dissectedIcmp(block, proto) ?? Number(dissected(block, "DstPort") || 0);
    const key = flowKey(src, dst, Number(dissected(block, "SrcPort") || 0), dstPort, proto);
    account(flows, key, Number(dissected(block, "Octets")), Number(dissected(block, "Packets")));
  }
  const expert = must(["tshark", ...decode, "-q", "-z", "expert,note"], { timeoutMs: 120_000 });
  return { flows, records: blocks.length, log: expert };
}
