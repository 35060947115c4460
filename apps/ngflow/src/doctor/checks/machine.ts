import { readFileSync } from "node:fs";
import { arch, availableParallelism, platform, release } from "node:os";
import { type Finding, fault, ok, warning } from "../finding.ts";

/** The least Node.js (`engines` of package.json). */
const NODE_LEAST = [20, 19] as const;
const LEAST_BYTES = 512 * 1024 * 1024;

/** Bytes that programs may still take, from a /proc/meminfo text; undefined where it does not say. */
export function availableBytes(meminfo: string): number | undefined {
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo);
  return match === null ? undefined : Number(match[1]) * 1024;
}

function memory(): readonly Finding[] {
  let text: string;
  try {
    text = readFileSync("/proc/meminfo", "latin1");
  } catch {
    return [];
  }
  const bytes = availableBytes(text);
  if (bytes === undefined) return [];
  const free = `${Math.floor(bytes / 1024 / 1024)} MiB of memory are free`;
  return bytes >= LEAST_BYTES ? [ok(free)] : [warning(`only ${free}`, "give the machine at least 1 GiB")];
}

export function lookAtMachine(): readonly Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isNew = major > NODE_LEAST[0] || (major === NODE_LEAST[0] && minor >= NODE_LEAST[1]);
  const node = `Node.js ${process.versions.node} on ${platform()} ${release()}, ${arch()}, ${availableParallelism()} cores`;
  return [
    isNew ? ok(node) : fault(node, `install Node.js ${NODE_LEAST.join(".")} or newer`),
    ...(platform() === "linux"
      ? []
      : [warning("interfaces can be metered on Linux only", "use collect and serve here")]),
    ...memory(),
  ];
}
