import { LINK_ETHERNET, LINK_RAW } from "@ngflow/base";
import { compileFilter, type LinkFilter, parseSocketFilter, socketFilterOf } from "@ngflow/os";
import { OptionsError } from "./errors.ts";

/**
 * The programs of a filter: an expression in the language of pcap-filter(7), which libpcap compiles, or a program
 * that is compiled already, as `tcpdump -ddd` prints it for the interface at hand.
 *
 * @throws OptionsError `capture-filter` for a bad expression, `libpcap-absent`.
 */
export function captureFilter(text: string): LinkFilter {
  const program = parseSocketFilter(text);
  if (program !== undefined) return { ethernet: program, raw: program };
  if (/\bvlan\b/.test(text)) {
    // The kernel removes the tag from the frame before the filter runs. Only a compiler that knows the interface
    // handles that.
    const how = '--filter "$(tcpdump -i IF -ddd EXPRESSION)"';
    throw new OptionsError("capture-filter", `--filter "${text}": "vlan" needs a compiled program: ${how}`);
  }
  const compiled = compileFilter(text, LINK_ETHERNET);
  if ("instructions" in compiled) {
    const raw = compileFilter(text, LINK_RAW);
    return {
      ethernet: socketFilterOf(compiled.instructions),
      raw: "instructions" in raw ? socketFilterOf(raw.instructions) : undefined,
    };
  }
  if (!compiled.absent) throw new OptionsError("capture-filter", `--filter "${text}": ${compiled.why}`);
  const how = "install it, or pass the output of tcpdump -ddd";
  throw new OptionsError("libpcap-absent", `--filter "${text}": ${compiled.why}; ${how}`);
}
