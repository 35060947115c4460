import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { flowKey, type FlowTotal } from "./capture.ts";
import { account, type Collected, reverseKey } from "./collected.ts";
import { Background, must } from "./command.ts";
import { protocolNumber } from "./protocols.ts";
import { untilRead } from "./udp-port.ts";

/** What nfdump reports of a flow in addition to its counters: those of the record's forward direction. */
export interface NfdumpRow {
  readonly key: string;
  readonly start: string;
  readonly seconds: number;
  readonly tcpFlags: string;
}

export interface CollectedWithNfcapd extends Collected {
  readonly rows: readonly NfdumpRow[];
}

/** What the kernel keeps for nfcapd until it is awake, in bytes; it grants at most `net.core.rmem_max`. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;
/** What nfdump prints instead of rows. */
const NO_FLOWS = "No matching flows";

/** nfdump prints an ICMP destination port as `type.code`. */
export function nfdumpPort(text: string): number {
  const [type = "0", code] = text.trim().split(".");
  return code === undefined ? Number(type) : Number(type) * 256 + Number(code);
}

/**
 * Runs nfcapd, or for sFlow sfcapd, on a loopback port while `send` exports, and reads back what it wrote with nfdump.
 */
export async function collectWithNfcapd(
  folder: string,
  port: number,
  send: () => void,
  program: "nfcapd" | "sfcapd" = "nfcapd",
): Promise<CollectedWithNfcapd> {
  const files = join(folder, program);
  mkdirSync(files);
  const nfcapd = new Background(
    [program, "-w", files, "-b", "127.0.0.1", "-p", String(port), "-t", "3600"].concat("-B", String(RECEIVE_BUFFER)),
  );
  try {
    await nfcapd.until(program, () => (nfcapd.stdout + nfcapd.stderr).includes("Startup"));
    send();
    await untilRead(port);
  } finally {
    await nfcapd.stop();
  }
  return { ...readNfdump(files), log: nfcapd.stdout + nfcapd.stderr };
}

/** What nfdump says of the files in a folder that nfcapd or nfpcapd wrote. */
export function readNfdump(files: string): Omit<CollectedWithNfcapd, "log"> {
  const flows = new Map<string, FlowTotal>();
  const reverse = new Map<string, FlowTotal>();
  const rows: NfdumpRow[] = [];
  const printed = must(["nfdump", "-R", files, "-o", "csv", "-q", "-N"]).trim();
  for (const row of printed === NO_FLOWS ? [] : printed.split("\n")) {
    // ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,…
    const cells = row.split(",").map((cell) => cell.trim());
    const [start = "", , seconds, src = "", dst = "", srcPort = "", dstPort = "", proto, tcpFlags = ""] = cells;
    const [packets, bytes, reversePackets, reverseBytes] = cells.slice(11).map(Number);
    const key = flowKey(src, dst, Number(srcPort), nfdumpPort(dstPort), protocolNumber(proto));
    account(flows, key, bytes!, packets!);
    if (reversePackets !== 0) account(reverse, reverseKey(key), reverseBytes!, reversePackets!);
    rows.push({ key, start, seconds: Number(seconds), tcpFlags });
  }
  return { flows, reverse, records: rows.length, rows };
}
