import { removeAtEnd } from "./cleanup.ts";
import { must, run } from "./command.ts";

export interface Host {
  /** Name of the host's network namespace. */
  readonly namespace: string;
  readonly ipv4: string;
  readonly ipv6: string;
  /** The words that run a command on this host. */
  exec(words: readonly string[]): string[];
}

/** What an interface counted, link headers included. */
export interface InterfaceCounters {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly dropped: number;
}

let made = 0;

function makeHost(name: string, number: number): Host {
  const namespace = `ngflow-${process.pid}-${made}-${name}`;
  return {
    namespace,
    ipv4: `10.77.0.${number}`,
    ipv6: `fd77::${number}`,
    exec: (words) => ["ip", "netns", "exec", namespace, ...words],
  };
}

/**
 * What a quiet host does not do of its own accord: solicit routers, and report its multicast groups seconds after it
 * joined them. Set before the interface exists, which takes them over.
 */
const QUIET = [
  "net.ipv6.conf.default.accept_ra=0",
  "net.ipv6.conf.default.router_solicitations=0",
  "net.ipv6.conf.default.mldv2_unsolicited_report_interval=10",
];

/**
 * Two hosts of their own, joined by a virtual cable: each a network namespace with an interface that has an IPv4 and an
 * IPv6 address. Nothing of the machine's own network is touched; `remove()` leaves nothing behind, and is called when
 * the test ends, if it was not before.
 */
export class TwoHosts {
  readonly left: Host;
  readonly right: Host;
  /** Name of the interface, the same on both hosts. */
  readonly device: string;
  readonly #removed: () => void;

  constructor(device = "eth0") {
    this.device = device;
    made += 1;
    this.left = makeHost("left", 1);
    this.right = makeHost("right", 2);
    this.#removed = removeAtEnd(() => this.remove());
    try {
      for (const host of [this.left, this.right]) {
        must(["ip", "netns", "add", host.namespace]);
        must(host.exec(["sysctl", "-q", "-w", ...QUIET]));
      }
      const [left, right] = [this.left.namespace, this.right.namespace];
      must(["ip", "-n", left, "link", "add", device, "type", "veth", "peer", "name", device, "netns", right]);
      for (const host of [this.left, this.right]) this.#configure(host);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #configure(host: Host): void {
    const ip = ["ip", "-n", host.namespace];
    must([...ip, "link", "set", "lo", "up"]);
    must([...ip, "link", "set", this.device, "addrgenmode", "none"]);
    must([...ip, "address", "add", `${host.ipv4}/24`, "dev", this.device]);
    must([...ip, "address", "add", `${host.ipv6}/64`, "dev", this.device, "nodad"]);
    must([...ip, "link", "set", this.device, "up"]);
  }

  /** What the interface of a host has counted since it was made. */
  counters(host: Host): InterfaceCounters {
    const shown: unknown = JSON.parse(must(["ip", "-n", host.namespace, "-s", "-j", "link", "show", this.device]));
    const [{ stats64 }] = shown as [
      { stats64: Record<"rx" | "tx", { bytes: number; packets: number; dropped: number }> },
    ];
    const { rx, tx } = stats64;
    return {
      rxBytes: rx.bytes,
      rxPackets: rx.packets,
      txBytes: tx.bytes,
      txPackets: tx.packets,
      dropped: rx.dropped + tx.dropped,
    };
  }

  /** Takes the cable away: the interface disappears from both hosts. */
  cut(): void {
    must(["ip", "-n", this.left.namespace, "link", "delete", this.device]);
  }

  remove(): void {
    this.#removed();
    for (const host of [this.left, this.right]) {
      killProcesses(host);
      run(["ip", "netns", "delete", host.namespace]);
    }
  }
}

/** Kills every process in the network namespace of a host, whoever started it. */
export function killProcesses(host: Host): void {
  const pids = run(["ip", "netns", "pids", host.namespace]).stdout.split("\n").filter(Boolean).map(Number);
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
