import { compileFilter, parseSocketFilter, type SocketFilter, socketFilterOf } from "@ngflow/os";
import { OptionsError } from "./errors.ts";

const DLT_EN10MB = 1;

/**
 * The program of a filter: an expression in the language of pcap-filter(7), which libpcap compiles, or a program
 * that is compiled already, as `tcpdump -ddd` prints it.
 *
 * @throws OptionsError `capture-filter` for a bad expression, `libpcap-absent`.
 */
export function captureFilter(text: string): SocketFilter {
  const program = parseSocketFilter(text);
  if (program !== undefined) return program;
  if (/\bvlan\b/.test(text)) {
    // The kernel removes the tag from the frame before the filter runs. Only a compiler that knows the interface
    // handles that.
    const how = '--filter "$(tcpdump -i IF -ddd EXPRESSION)"';
    throw new OptionsError("capture-filter", `--filter "${text}": "vlan" needs a compiled program: ${how}`);
  }
  const compiled = compileFilter(text, DLT_EN10MB);
  if ("instructions" in compiled) return socketFilterOf(compiled.instructions);
  if (!compiled.absent) throw new OptionsError("capture-filter", `--filter "${text}": ${compiled.why}`);
  const how = "install it, or pass the output of tcpdump -ddd";
  throw new OptionsError("libpcap-absent", `--filter "${text}": ${compiled.why}; ${how}`);
}
