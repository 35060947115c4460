/** Counters of the connections, named as in metrics.ts. */
export interface StreamCounters {
  connections: number;
  connectionsAccepted: number;
  connectionsRefused: number;
  connectionsNotAllowed: number;
  connectionsReplaced: number;
  connectionsSlow: number;
  connectionsMalformed: number;
  connectionsCut: number;
  connectionsReset: number;
  connectionsLost: number;
  tlsFailed: number;
  messagesReceived: number;
  streamBytesReceived: number;
  streamProxyHeadersInvalid: number;
}

/** Counters that are all 0. */
export function newStreamCounters(): StreamCounters {
  return {
    connections: 0,
    connectionsAccepted: 0,
    connectionsRefused: 0,
    connectionsNotAllowed: 0,
    connectionsReplaced: 0,
    connectionsSlow: 0,
    connectionsMalformed: 0,
    connectionsCut: 0,
    connectionsReset: 0,
    connectionsLost: 0,
    tlsFailed: 0,
    messagesReceived: 0,
    streamBytesReceived: 0,
    streamProxyHeadersInvalid: 0,
  };
}
