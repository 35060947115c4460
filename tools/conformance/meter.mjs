// Meters a capture of user traffic with `ngflow export`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../workspaces.mjs";
import { datagramsOf } from "./corpus.mjs";

const PROGRAM = join(root, "apps/ngflow/bin/ngflow.js");
const OPTIONS = ["--format", "ipfix", "--fields", "mac,vlan", "--quiet"];

/** The datagrams that `ngflow export` makes of a capture. @throws Error with its message when it fails */
export function meter(file) {
  const folder = mkdtempSync(join(tmpdir(), "ngflow-conformance-"));
  try {
    const to = join(folder, "flows.pcap");
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, "export", "-r", file, ...OPTIONS, "--to", to]);
    if (status !== 0) throw new Error(`ngflow export -r ${file}: exit ${status}: ${stderr}`);
    return datagramsOf(folder, { file: "flows.pcap", kind: "pcap" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
