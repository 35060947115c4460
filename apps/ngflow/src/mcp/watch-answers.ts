import type { Transport } from "@modelcontextprotocol/server";

/**
 * Watches a transport that is connected. What it returns resolves when everything that was asked is answered: a program
 * may end its requests and then read.
 */
export function watchAnswers(transport: Transport): () => Promise<void> {
  const open = new Set<string | number>();
  let idle: (() => void) | undefined;
  const { onmessage } = transport;
  const send = transport.send.bind(transport);
  const watching: Pick<Transport, "onmessage" | "send"> = {
    onmessage(message, extra) {
      if ("method" in message && "id" in message && message.id !== undefined) open.add(message.id);
      onmessage?.(message, extra);
    },
    async send(message, options) {
      await send(message, options);
      if (!("method" in message) && message.id !== undefined) open.delete(message.id);
      if (open.size === 0) idle?.();
    },
  };
  Object.assign(transport, watching);
  return () => new Promise((resolve) => (open.size === 0 ? resolve() : (idle = resolve)));
}
