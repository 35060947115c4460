import { libc } from "../libc.ts";
import { ARPHRD_ETHER } from "./interfaces.ts";
import { KernelError, linuxErrnoName } from "../linux-errno.ts";

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCSIFHWADDR = 0x8924;
const IFNAMSIZ = 16;

/**
 * Sets an interface's Ethernet address (netdevice(7), SIOCSIFHWADDR).
 * @throws KernelError EPERM without CAP_NET_ADMIN, or the driver's refusal.
 */
export function setMacAddress(name: string, mac: Uint8Array): void {
  const c = libc();
  const fd = c.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) throw new KernelError(c.errno(), `no socket to set the address of ${name} with`);
  const request = new Uint8Array(40);
  for (let i = 0; i < Math.min(name.length, IFNAMSIZ - 1); i++) request[i] = name.charCodeAt(i);
  request[IFNAMSIZ] = ARPHRD_ETHER;
  request.set(mac, IFNAMSIZ + 2);
  const result = c.ioctl(fd, SIOCSIFHWADDR, request);
  const errno = c.errno();
  c.close(fd);
  if (result < 0) throw new KernelError(errno, `the address of ${name} was not set: ${linuxErrnoName(errno)}`);
}
