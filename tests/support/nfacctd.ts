import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { flowKey, type FlowTotal } from "./capture.ts";
import { account, type Collected, reverseKey } from "./collected.ts";
import { Background, sleep } from "./command.ts";
import { protocolNumber } from "./protocols.ts";

/** The reverse counters of RFC 5103, as an operator names them to nfacctd, which has no names for them. */
const REVERSE_PRIMITIVES = [
  "name=reversePackets field_type=29305:2 len=4 semantics=u_int",
  "name=reverseBytes field_type=29305:1 len=8 semantics=u_int",
];

/**
 * Runs nfacctd, or for sFlow sfacctd, on a loopback port while `send` exports; it writes what it aggregated as JSON
 * lines.
 * @param named whether the reverse counters are configured
 */
export async function collectWithNfacctd(
  folder: string,
  port: number,
  send: () => void,
  named = false,
  program: "nfacctd" | "sfacctd" = "nfacctd",
): Promise<Collected> {
  const output = join(folder, `${program}.json`);
  const primitives = join(folder, "primitives.lst");
  writeFileSync(primitives, `${REVERSE_PRIMITIVES.join("\n")}\n`);
  const configuration = {
    [`${program}_ip`]: "127.0.0.1",
    [`${program}_port`]: port,
    plugins: "print",
    aggregate: `src_host,dst_host,src_port,dst_port,proto${named ? ",reversePackets,reverseBytes" : ""}`,
    ...(named ? { aggregate_primitives: primitives } : {}),
    print_refresh_time: 2,
    print_output: "json",
    print_output_file: output,
    print_output_file_append: "true",
  };
  const lines = Object.entries(configuration).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(join(folder, `${program}.conf`), lines.join(""));
  const nfacctd = new Background([program, "-f", join(folder, `${program}.conf`)]);
  const log = (): string => nfacctd.stdout + nfacctd.stderr;
  let said = "";
  try {
    await nfacctd.until(program, () => log().includes("waiting for") && log().includes("setting object handlers"));
    send();
    await nfacctd.until("nfacctd's output", () => existsSync(output) && /END .*QN: [1-9]/.test(log()));
    await sleep(2500);
    said = log();
  } finally {
    // Everything is in the file; asked to end, its processes wait for each other longer than a test should.
    await nfacctd.stop("SIGKILL");
  }
  return { ...readOutput(output), log: said };
}

function readOutput(file: string): Omit<Collected, "log"> {
  const flows = new Map<string, FlowTotal>();
  const reverse = new Map<string, FlowTotal>();
  const rows = readFileSync(file, "utf8").trim().split("\n");
  for (const row of rows) {
    const record = JSON.parse(row) as Record<string, string | number>;
    const [src, dst] = [String(record["ip_src"]), String(record["ip_dst"])];
    const ports = [Number(record["port_src"]), Number(record["port_dst"])] as const;
    const key = flowKey(src, dst, ...ports, protocolNumber(record["ip_proto"]));
    account(flows, key, Number(record["bytes"]), Number(record["packets"]));
    const packets = Number(record["reversepackets"] ?? 0);
    if (packets !== 0) account(reverse, reverseKey(key), Number(record["reversebytes"]), packets);
  }
  return { flows, reverse, records: rows.length };
}
