export { type Collector, type CollectorDeps, createCollector } from "./collector.ts";
export { CryptoPan, KEY_BYTES } from "./tee/crypto-pan.ts";
export { safetyOf } from "./tee/anonymise-plan.ts";
export { type TeeConfig } from "./tee/tee-target.ts";
export {
  COLLECTOR_DEFAULTS,
  type CollectorChange,
  type CollectorConfig,
  collectorSettings,
  type ListenAddress,
} from "./config.ts";
export { StreamListener, type StreamSink } from "./stream/stream-listener.ts";
export { bindDatagramSocket } from "./listen/datagram-socket.ts";
export { bindEarly } from "./listen/open-receiver.ts";
export { listenError } from "./listen/listen-error.ts";
export { COLLECTOR_ERRORS } from "./errors.ts";
export { type CollectorCounters, collectorMetrics } from "./metrics.ts";
