import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isMulticast } from "@ngflow/base";
import { canReceiveBatches } from "@ngflow/os/udp";
import { COLLECTOR_DEFAULTS, type ListenAddress } from "../config.ts";
import { CollectorError } from "../errors.ts";
import { DgramReceiver } from "./dgram-receiver.ts";
import { listenError } from "./listen-error.ts";
import { openPorts } from "./open-ports.ts";
import type { Receiver, ReceiverConfig } from "./receiver.ts";
import { ReceiverGroup } from "./receiver-group.ts";
import type { DatagramSink } from "./ring-reader.ts";
import { ThreadReceiver } from "./thread-receiver.ts";

/**
 * Binds every address and starts to receive, on Linux in threads of their own. `::` also receives IPv4; on a machine
 * without IPv6, `0.0.0.0` is bound instead.
 * @param onError is called when a thread has failed; nothing is received by it then
 * @throws CollectorError when an address cannot be bound; then none is
 */
export async function openReceiver(
  config: ReceiverConfig,
  sink: DatagramSink,
  onError: (error: Error) => void,
): Promise<Receiver> {
  const numeric = { ...config, listen: await numericListen(config.listen) };
  return canReceiveBatches() ? openThreads(numeric, sink, onError) : await DgramReceiver.open(numeric, sink, onError);
}

function openThreads(
  { listen, receiveBufferBytes, receivers, ringBytes }: ReceiverConfig,
  sink: DatagramSink,
  onError: (error: Error) => void,
): Receiver {
  const ports = openPorts(listen, receiveBufferBytes, receivers);
  const room = { ringBytes, share: 1 / ports.length };
  const threads = ports.map((own) => new ThreadReceiver(own, room, sink, onError));
  return threads.length === 1 ? threads[0]! : new ReceiverGroup(threads);
}

/**
 * Binds the UDP addresses now, while the process may have receive buffers beyond the limit of the system. A collector
 * of this process takes the sockets over, also after the program has re-executed itself. Elsewhere than on Linux, it
 * does nothing.
 * @returns the addresses, those of UDP with the descriptors of their sockets
 * @throws CollectorError when an address cannot be bound; then none is
 */
export async function bindEarly(
  listen: readonly ListenAddress[],
  receivers: number,
  receiveBufferBytes = COLLECTOR_DEFAULTS.receiveBufferBytes,
): Promise<readonly ListenAddress[]> {
  if (!canReceiveBatches()) return listen;
  const ofUdp = listen.filter(({ transport = "udp" }) => transport === "udp");
  const numeric = await numericListen(ofUdp);
  const [first, ...others] = openPorts(numeric, receiveBufferBytes, receivers);
  // The others lack the groups.
  const shared = numeric.filter(({ host }) => !isMulticast(host));
  return listen.map((address) => {
    const i = ofUdp.indexOf(address);
    const port = first![i];
    if (port === undefined) return address;
    const more = others.flatMap((ports) => ports[shared.indexOf(numeric[i]!)]?.fd ?? []);
    return { ...address, host: port.bound.host, port: port.bound.port, fds: [port.fd, ...more] };
  });
}

async function numericListen(listen: readonly ListenAddress[]): Promise<ListenAddress[]> {
  const numeric: ListenAddress[] = [];
  for (const address of listen) numeric.push({ ...address, host: await numericHost(address.host, address.port) });
  for (const address of numeric) refuseSharedPort(address, numeric);
  return numeric;
}

/** A socket of every address would have to share its port with the group's. @throws CollectorError */
function refuseSharedPort({ host, port }: ListenAddress, all: readonly ListenAddress[]): void {
  const every = all.find((other) => other.port === port && (other.host === "::" || other.host === "0.0.0.0"));
  if (port === 0 || !isMulticast(host) || every === undefined) return;
  throw new CollectorError(
    "listen-group",
    `port ${port} is listened to on ${every.host}, and cannot be on the multicast group ${host} too; ` +
      `give --listen an address of this machine instead of ${every.host}, or the group another port`,
  );
}

/** The address of a host name; an address as it is. */
async function numericHost(host: string, port: number): Promise<string> {
  if (isIP(host) !== 0 || isMulticast(host)) return host;
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw listenError({ host, port }, cause);
  }
}
