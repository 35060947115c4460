// Two network namespaces on one cable: an interface with a default route to meter, and what sends to it.
import { spawn } from "node:child_process";
import { must } from "./machine.mjs";

/** The address that the packets come from. */
export const SENDER = "198.51.100.2";

export class Network {
  #ping;

  constructor() {
    this.meter = `ngflow-clean-${process.pid}-a`;
    this.sender = `ngflow-clean-${process.pid}-b`;
    for (const name of [this.meter, this.sender]) must(["ip", "netns", "add", name]);
    must(["ip", "-n", this.meter, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", this.sender]);
    for (const [name, address] of [
      [this.meter, "198.51.100.1/24"],
      [this.sender, `${SENDER}/24`],
    ]) {
      must(["ip", "-n", name, "addr", "add", address, "dev", "eth0"]);
      for (const device of ["lo", "eth0"]) must(["ip", "-n", name, "link", "set", device, "up"]);
    }
    must(["ip", "-n", this.meter, "route", "add", "default", "via", SENDER]);
    const words = ["netns", "exec", this.sender, "ping", "-q", "-i", "0.2", "198.51.100.1"];
    this.#ping = spawn("ip", words, { stdio: "ignore" });
  }

  async remove() {
    const ended = new Promise((resolve) => this.#ping.once("close", resolve));
    this.#ping.kill();
    await ended;
    for (const name of [this.meter, this.sender]) must(["ip", "netns", "delete", name]);
  }
}
