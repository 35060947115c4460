import { PROTOCOLS } from "./protocols.ts";

/** The port that FreeBSD's service `ng_netflow` sends to unless rc.conf sets another. */
export const NG_NETFLOW_PORT = 4444;

/** UDP ports a collector listens on by default: that of `ng_netflow` and those of the protocols. */
export const LISTEN_PORTS: readonly number[] = [NG_NETFLOW_PORT, ...new Set(PROTOCOLS.map(({ port }) => port))];
