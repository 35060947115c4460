/** The part of a pino logger that the store needs. */
export interface StoreLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** A log that keeps nothing. */
export const silentLog: StoreLog = { info: () => undefined, warn: () => undefined };
