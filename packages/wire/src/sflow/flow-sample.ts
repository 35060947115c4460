import { ParsedPackets } from "../packet/index.ts";

/** Where a string or list of a sample is. */
export class Range {
  at = 0;
  length = 0;
}

/**
 * What the records of one sample say: numbers, and offsets of what is copied. Which of it is there say the bits in
 * `present` (COMMON_GROUPS) and `extras` (RARE_GROUPS); the rest holds what an earlier sample left.
 */
export class FlowSample {
  present = 0;
  extras = 0;

  // The sample itself.
  sequence = 0;
  sourceType = 0;
  sourceIndex = 0;
  rate = 0;
  pool = 0;
  drops = 0;
  input = 0;
  output = 0;
  dropReason = 0;

  // The sampled packet.
  headerProtocol = 0;
  frameLength = 0;
  destinationMacAt = 0;
  sourceMacAt = 0;
  etherType = 0;
  outerTag = 0;
  innerTag = 0;
  topLabel = 0;
  protocol = 0;
  tos = 0;
  octets = 0;
  sourceAt = 0;
  destinationAt = 0;
  /** Offset of the IP header. */
  ipAt = 0;
  sourcePort = 0;
  destinationPort = 0;
  tcpFlags = 0;
  udpLength = 0;
  icmp = 0;
  readonly parsed = new ParsedPackets(1);

  // Extended data.
  sourceVlan = 0;
  sourcePriority = 0;
  destinationVlan = 0;
  destinationPriority = 0;
  nextHopAt = 0;
  sourceMask = 0;
  destinationMask = 0;
  bgpNextHopAt = 0;
  routerAs = 0;
  sourceAs = 0;
  sourcePeerAs = 0;
  destinationPeerAs = 0;
  destinationAs = 0;
  localPreference = 0;
  readonly path = new Range();
  readonly communities = new Range();
  readonly sourceUser = new Range();
  readonly destinationUser = new Range();
  readonly url = new Range();
  readonly host = new Range();
  readonly inLabels = new Range();
  readonly outLabels = new Range();
  natSourceAt = 0;
  natDestinationAt = 0;
  natSourcePort = 0;
  natDestinationPort = 0;
  readonly tunnelName = new Range();
  tunnelId = 0;
  tunnelCos = 0;
  readonly vcInstance = new Range();
  vcId = 0;
  vcCos = 0;
  readonly vlanStack = new Range();
  tunnelSourceAt = 0;
  tunnelDestinationAt = 0;
  ingressVni = 0;
  egressVni = 0;
  queue = 0;
  aclNumber = 0;
  readonly aclName = new Range();
  aclDirection = 0;
  readonly functionSymbol = new Range();
}

/** The sample that is being read; decoding is synchronous, so one is enough. */
export const sample = new FlowSample();
