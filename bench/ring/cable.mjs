// Two network namespaces and a virtual cable between them, without any traffic but the benchmark's.
import { spawnSync } from "node:child_process";

/** Runs a command to its end. @throws with its last output when it fails. */
export function must(words) {
  const { status, stdout, stderr } = spawnSync(words[0], words.slice(1), { encoding: "utf8", maxBuffer: 64 << 20 });
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr.trim() || stdout.trim()}`);
  return `${stdout}${stderr}`;
}

export class Cable {
  constructor() {
    this.sender = `ngbench-${process.pid}-a`;
    this.receiver = `ngbench-${process.pid}-b`;
    for (const name of [this.sender, this.receiver]) {
      must(["ip", "netns", "add", name]);
      must([...this.in(name), "sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1"]);
      must(["ip", "-n", name, "link", "set", "lo", "up"]);
    }
    must([
      "ip",
      "-n",
      this.sender,
      "link",
      "add",
      "eth0",
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      this.receiver,
    ]);
    for (const name of [this.sender, this.receiver])
      must(["ip", "-n", name, "link", "set", "eth0", "arp", "off", "up"]);
  }

  in(name) {
    return ["ip", "netns", "exec", name];
  }

  /** Frames that the receiving end has counted. */
  received() {
    const [{ stats64 }] = JSON.parse(must(["ip", "-n", this.receiver, "-s", "-j", "link", "show", "eth0"]));
    return stats64.rx.packets;
  }

  /** Packet sockets that are bound to the receiving end. */
  listeners() {
    return must([...this.in(this.receiver), "cat", "/proc/net/packet"])
      .trim()
      .split("\n")
      .filter((line) => line.split(/\s+/)[3] === "0003").length;
  }

  remove() {
    for (const name of [this.sender, this.receiver]) spawnSync("ip", ["netns", "delete", name]);
  }
}
