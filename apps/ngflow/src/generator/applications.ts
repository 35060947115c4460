/** Traffic of the generated hosts, one row per application. Shares are of sessions, not of bytes. */
export interface Application {
  readonly name: string;
  /** IANA protocol number. ICMP uses the number of its IP version. */
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly serverPort: number;
  /** Relative frequency of new sessions. */
  readonly share: number;
  /** Median packets of a session; lengths are heavy-tailed (Pareto) from there up to `packetsMax`. */
  readonly packetsMedian: number;
  readonly packetsMax: number;
  /** Median packets a second of a running session. */
  readonly ratePps: number;
  /** IP packet sizes in bytes towards the server and back, and the part of the packets that flows back. */
  readonly upBytes: number;
  readonly downBytes: number;
  readonly downShare: number;
  /** Differentiated services byte. */
  readonly tos: number;
}

export const APPLICATIONS: readonly Application[] = [
  row("web", "tcp", 443, 30, 24, 20_000, 60, 120, 1400, 0.62, 0),
  row("quic", "udp", 443, 18, 40, 30_000, 120, 90, 1280, 0.7, 0),
  row("dns", "udp", 53, 26, 2, 2, 20, 68, 180, 0.5, 0),
  row("http", "tcp", 80, 6, 12, 2_000, 40, 140, 1300, 0.6, 0),
  row("imap", "tcp", 993, 4, 20, 400, 10, 150, 600, 0.5, 0),
  row("ssh", "tcp", 22, 2, 200, 4_000, 8, 120, 160, 0.5, 0x10),
  row("ntp", "udp", 123, 5, 2, 2, 10, 76, 76, 0.5, 0xb8),
  row("video", "udp", 3478, 2, 2_000, 20_000, 90, 1100, 1100, 0.5, 0x88),
  row("backup", "tcp", 873, 1, 4_000, 60_000, 400, 1440, 60, 0.3, 0x20),
  row("tunnel", "udp", 51820, 1, 800, 20_000, 50, 700, 900, 0.55, 0),
  row("ping", "icmp", 0, 5, 8, 60, 2, 84, 84, 0.5, 0),
];

function row(
  name: string,
  protocol: Application["protocol"],
  serverPort: number,
  share: number,
  packetsMedian: number,
  packetsMax: number,
  ratePps: number,
  upBytes: number,
  downBytes: number,
  downShare: number,
  tos: number,
): Application {
  return { name, protocol, serverPort, share, packetsMedian, packetsMax, ratePps, upBytes, downBytes, downShare, tos };
}
