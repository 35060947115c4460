import type { PipeDirection, Shared } from "./pipe-direction.ts";
import type { DirectionConfig, PipeConfig } from "./pipe-types.ts";

/** The same settings as a message that makes them, where 0 would leave a default as it is. */
export function asWanted(config: DirectionConfig): DirectionConfig {
  return { ...config, queuelen: config.queuelen === 0 ? -1 : config.queuelen };
}

/** Takes what is in range over for both directions, as ng_pipe's setcfg does: what is both directions' first. */
export function configurePipe(wanted: PipeConfig, shared: Shared, down: PipeDirection, up: PipeDirection): void {
  if (wanted.delay === -1) shared.delay = 0;
  else if (wanted.delay > 0 && wanted.delay < 10_000_000) shared.delay = wanted.delay;
  if (wanted.bandwidth === -1) {
    down.bandwidth = up.bandwidth = 0;
    shared.overhead = 0;
  } else if (wanted.bandwidth >= 100 && wanted.bandwidth <= 1e9) {
    down.bandwidth = up.bandwidth = wanted.bandwidth;
    shared.overhead = wanted.bandwidth >= 1e7 ? 24 : 10;
  }
  if (wanted.overhead === -1) shared.overhead = 0;
  else if (wanted.overhead > 0 && wanted.overhead < 256) shared.overhead = wanted.overhead;
  const { header_offset: headerOffset } = wanted;
  if (headerOffset === -1) shared.headerOffset = 0;
  else if (headerOffset > 0 && headerOffset < 64) shared.headerOffset = headerOffset;
  down.configure(wanted.downstream);
  up.configure(wanted.upstream);
}
