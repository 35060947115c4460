import { NgflowError } from "@ngflow/base";
import { NgError, type NodeContext, type NodeType } from "@ngflow/graph";
import { NetflowBehaviour, NETFLOW_COOKIE } from "./behaviour.ts";
import type { FlowEngine, NetflowOptions } from "./flow-engine.ts";
import { NETFLOW_MESSAGES } from "./messages.ts";
import { type Profile, PROFILES } from "./profiles.ts";

/** Settings of the nodes that a netflow node type makes. */
export interface NetflowConfig extends NetflowOptions {
  readonly profile: Profile;
}

export const NETFLOW_DEFAULTS: NetflowConfig = { profile: "modern", maxFlows: 2_097_152, observationDomainId: 0 };

/** @throws NgError ENOMEM when there is no memory for the cache; the log says how much was asked for. */
function createEngine(context: NodeContext, settings: NetflowConfig): FlowEngine {
  try {
    return PROFILES[settings.profile](
      {
        nowMs: () => context.clock.nowMs(),
        monotonicMs: () => context.clock.monotonicMs(),
      },
      settings,
    );
  } catch (error) {
    if (!(error instanceof NgflowError)) throw error;
    context.log.error({}, error.message);
    throw new NgError("ENOMEM");
  }
}

/** The node type with settings other than the defaults. */
export function netflowType(config: Partial<NetflowConfig> = {}): NodeType {
  const settings = { ...NETFLOW_DEFAULTS, ...config };
  return {
    name: "netflow",
    cookie: NETFLOW_COOKIE,
    summary: "Meters IPv4 and IPv6 traffic into flows and exports them as NetFlow v5, v9 and IPFIX.",
    role: "meter",
    hooks: [
      { name: "iface<N>", summary: "Traffic, side A of slot N; packets arriving here are ingress." },
      { name: "out<N>", summary: "Traffic, side B of slot N; packets arriving here are egress." },
      { name: "export", summary: "NetFlow v5 datagrams leave here.", carries: "export" },
      { name: "export9", summary: "NetFlow v9 datagrams leave here.", carries: "export" },
      { name: "export10", summary: "IPFIX messages leave here (profile modern).", carries: "export" },
      {
        name: "export<V>_<N>",
        summary: "The same for further collectors, N from 1 to 15 (profile modern).",
        carries: "export",
      },
    ],
    messages: NETFLOW_MESSAGES,
    dropReasons: {
      packetsUnforwarded: "The packet was bypassed and the opposite hook is not connected (ENOTCONN).",
    },
    counters: {
      packetsAccounted: "Packets counted into flows.",
      bytesAccounted: "Their octets, as the flows count them.",
      packetsSkipped: "Packets that could not be accounted; all of them are forwarded.",
      packetsSkippedNotIp: "Of those, packets that are neither IPv4 nor IPv6.",
      packetsSkippedTruncatedLink: "Of those, packets cut short within the link header.",
      packetsSkippedTruncatedNetwork: "Of those, packets cut short within the IP header.",
      packetsSkippedTruncatedTransport: "Of those, packets cut short within the transport header.",
      packetsSkippedMalformed: "Of those, packets whose headers contradict each other.",
      packetsNotSampled: "Packets that sampling did not choose.",
      packetsFromTunnels: "Packets accounted by the headers inside a tunnel.",
      packetsRefusedAtExport: "Packets that arrived at an export hook.",
      fragmentsWithPorts: "Fragments after the first whose ports were found.",
      fragmentsWithoutPorts: "Fragments after the first whose first one was not seen.",
      implausibleTimestamps: "Packets, or rows of packets, with a time more than a minute from that of the node.",
      clockSteps: "Times the clock was set by more than a minute, or returned from such a time.",
      packetsBypassed: "Packets not to be accounted, by conf bits or tags.",
      packetsForwarded: "Packets sent on to the opposite hook.",
      flowsCreated: "Flows started.",
      flowsEvicted: "Flows ended because the cache was full.",
      flowsRefused: "Flows not started because the cache was full (profile freebsd).",
      recordsExported: "Flow records exported.",
      recordsDiscarded: "Flow records dropped because no hook for their family was connected.",
      datagramsExported: "Datagrams sent to the export hooks.",
      datagramsRefused: "Datagrams that the peer of an export hook refused.",
    },
    gauges: {
      flowsActive: "Flows in the cache.",
      flowsMax: "Flows the cache has room for.",
      activeTimeoutSeconds: "Seconds after which a flow is exported although packets still come, at most.",
      routesKnown: "Routes of the kernel that next hops, masks and output interfaces come from.",
      routesRefused: "Number of the kernel's routes, if they are too many to keep; the route fields are then 0.",
    },
    create: (context) => new NetflowBehaviour(context, createEngine(context, settings)),
  };
}

export const netflow: NodeType = netflowType();
