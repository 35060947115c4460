import { type HelpText, renderHelp } from "../help-text.ts";
import { USAGE } from "./options.ts";

/** What `nghook --help` and its manual page say. */
export const HELP: HelpText = {
  purpose:
    "nghook connects to a hook of a node and relays packets between it and standard\n" +
    "input and output, like FreeBSD's nghook(8). The default hook is debug.",
  usage: USAGE,
  tables: [
    {
      title: "options",
      rows: [
        ["-a", "print packets as a hexadecimal dump"],
        ["-d", "print what it does"],
        ["-e", "relay to a program instead of standard input and output"],
        ["-l", "send every packet back as well"],
        ["-m MSG", "send a control message to the node first (repeatable)"],
        ["-n", "read no input"],
        ["-s, -S", "write to descriptor 0, read from descriptor 1"],
        ["--control SOCKET", "the daemon's socket"],
      ],
    },
  ],
  examples: [
    ["nghook -an split: out", "print every packet that leaves the hook out of the node split"],
    ["nghook -an em0: orphans", "print the packets of em0 that nobody else takes"],
  ],
  page: "docs/reference/nghook.md",
};

/** The text of `nghook --help`; it needs no daemon. */
export const helpPage = (): string => renderHelp(HELP);
