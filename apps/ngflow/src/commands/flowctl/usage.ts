/** The synopsis of flowctl, which wrong usage prints. */
export const USAGE = "usage: flowctl [-d level] [--control socket] nodename command";
