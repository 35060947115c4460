/** The only runtime globals a neutral package may use beyond ES2023. */
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean });
  decode(input?: ArrayBufferView | ArrayBufferLike): string;
}
declare class TextEncoder {
  encode(input?: string): Uint8Array;
}
/** Passed on to code outside that listens to it. */
interface AbortSignal {
  readonly aborted: boolean;
}
