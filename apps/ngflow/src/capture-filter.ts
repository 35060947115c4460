import { spawnSync } from "node:child_process";
import { NgflowError } from "@ngflow/base";
import { parseSocketFilter, type SocketFilter } from "@ngflow/nodes";

const COMPILE_TIMEOUT_MS = 10_000;

/**
 * The program that a filter stands for: an expression in the language of pcap-filter(7), which tcpdump compiles for the
 * interface, or a program that is compiled already, as `tcpdump -ddd` prints it.
 *
 * @throws NgflowError usage for a bad expression, os without tcpdump.
 */
export function compileFilter(text: string, interfaceName: string): SocketFilter {
  const compiled = parseSocketFilter(text);
  if (compiled !== undefined) return compiled;
  const live = tcpdump(["-i", interfaceName], text);
  if (live.program !== undefined) return live.program;
  // An interface that is down cannot be asked. Then tcpdump knows only what is inside the frame, and the kernel takes tags out.
  const offline = tcpdump(["-y", "EN10MB"], text);
  if (offline.program === undefined) {
    throw new NgflowError("capture-filter", `--filter "${text}": ${offline.refusal}`, "usage");
  }
  if (/\bvlan\b/.test(text)) {
    const problem = `"vlan" can only be compiled for an interface that is up (${live.refusal})`;
    throw new NgflowError("capture-filter", `--filter "${text}": ${problem}`, "os");
  }
  return offline.program;
}

/** tcpdump's translation, or the last thing it said. @throws NgflowError os without tcpdump. */
function tcpdump(about: readonly string[], expression: string): { program?: SocketFilter; refusal: string } {
  const words = [...about, "-ddd", "--", expression];
  const { status, stdout, stderr, error } = spawnSync("tcpdump", words, {
    encoding: "utf8",
    timeout: COMPILE_TIMEOUT_MS,
  });
  if (error !== undefined) {
    const how = 'install tcpdump, or give a compiled program: --filter "$(tcpdump -ddd EXPRESSION)"';
    throw new NgflowError("capture-filter", `--filter: tcpdump, which compiles it, does not run: ${how}`, "os", {
      cause: error,
    });
  }
  const program = status === 0 ? parseSocketFilter(stdout) : undefined;
  const said = stderr.trim().split("\n").at(-1)!;
  return program === undefined ? { refusal: said.replace(/^tcpdump: /, "") } : { program, refusal: "" };
}
