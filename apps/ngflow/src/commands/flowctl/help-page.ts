import { type HelpText, renderHelp } from "../help-text.ts";
import { USAGE } from "./usage.ts";

/** What `flowctl --help` and its manual page say. */
export const HELP: HelpText = {
  purpose: "flowctl prints the flow cache of a netflow node, like FreeBSD's flowctl(8).",
  usage: USAGE,
  tables: [
    {
      title: "commands",
      rows: [["show [ipv4|ipv6] [human|verbose]", "the flows in the cache; may be abbreviated"]],
    },
    {
      title: "options",
      rows: [
        ["-d LEVEL", "accepted and ignored, as in the original"],
        ["--control SOCKET", "the daemon's socket"],
      ],
    },
  ],
  examples: [
    ["flowctl netflow: show", "all flows, IPv4 first"],
    ["flowctl netflow: show ipv6 human", "flows of IPv6, ports in decimal"],
  ],
  page: "docs/reference/flowctl.md",
};

/** The text of `flowctl --help`; it needs no daemon. */
export const helpPage = (): string => renderHelp(HELP);
