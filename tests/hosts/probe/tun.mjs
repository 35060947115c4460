// Makes the tun interface of the given name, which has a carrier as long as this runs; prints a line when it is there.
import koffi from "koffi";
import { closeSync, openSync } from "node:fs";

const TUNSETIFF = 0x400454ca;
const IFF_TUN_NO_PI = 0x1001;

const [name] = process.argv.slice(2);
const request = new Uint8Array(40);
request.set(Buffer.from(name, "latin1"));
new DataView(request.buffer).setUint16(16, IFF_TUN_NO_PI, true);
const ioctl = koffi.load(null).func("int ioctl(int fd, unsigned long request, void *argument)");
const fd = openSync("/dev/net/tun", "r+");
if (ioctl(fd, TUNSETIFF, request) < 0) throw new Error(`TUNSETIFF: errno ${koffi.errno()}`);
console.log(JSON.stringify({ ready: true }));
const alive = setInterval(() => {}, 60_000);
process.once("SIGTERM", () => {
  closeSync(fd);
  clearInterval(alive);
});
