import { NgflowError } from "@ngflow/base";
import { compileFilter, parseSocketFilter, type SocketFilter, socketFilterOf } from "@ngflow/os";

const DLT_EN10MB = 1;

/**
 * The program that a filter stands for: an expression in the language of pcap-filter(7), which libpcap compiles, or a program
 * that is compiled already, as `tcpdump -ddd` prints it.
 *
 * @throws NgflowError usage for a bad expression, os without libpcap.
 */
export function captureFilter(text: string): SocketFilter {
  const program = parseSocketFilter(text);
  if (program !== undefined) return program;
  if (/\bvlan\b/.test(text)) {
    // The kernel takes the tag out of the frame before the filter runs; only a compiler that knows the interface can tell.
    const how = '--filter "$(tcpdump -i IF -ddd EXPRESSION)"';
    throw new NgflowError("capture-filter", `--filter "${text}": give "vlan" as a compiled program, ${how}`, "usage");
  }
  const compiled = compileFilter(text, DLT_EN10MB);
  if ("instructions" in compiled) return socketFilterOf(compiled.instructions);
  const exit = compiled.absent ? "os" : "usage";
  const how = compiled.absent ? "; install it, or give the output of tcpdump -ddd" : "";
  throw new NgflowError("capture-filter", `--filter "${text}": ${compiled.why}${how}`, exit);
}
