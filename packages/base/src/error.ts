/** Exit codes of every command: 0, 1, those of BSD's sysexits, and what a shell says of SIGINT (128 + 2). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 64,
  data: 65,
  noInput: 66,
  os: 71,
  cannotCreate: 73,
  config: 78,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT;

/** What an error code means. */
interface ErrorRow {
  /** The exit status of a command that ends with it. */
  readonly exit: ExitName;
  /** One plain sentence: what was wrong. A second one may say what to do. The reference prints it. */
  readonly meaning: string;
}

/** Error codes, in kebab-case. Every package has one, in its `errors.ts`. */
export type ErrorTable = Readonly<Record<string, ErrorRow>>;

/** An error on its way to another thread or process. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exit: number;
}

/**
 * An error meant for a person: one line that says what was wrong, where, and what to do. `code` is stable and listed
 * in the reference; `exit` is the exit status of a command that ends with it. Every error thrown is an error of a table
 * (see `errorClass`), an error of the kernel, or a `RelayedError`.
 */
export class NgflowError extends Error implements Failure {
  readonly code: string;
  readonly exit: number;

  protected constructor(code: string, message: string, exit: number, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "NgflowError";
    this.code = code;
    this.exit = exit;
  }
}

type ErrorClass<Code extends string> = new (
  code: Code,
  message: string,
  options?: { cause?: unknown },
) => NgflowError & { readonly code: Code };

/** The base class for the errors of a table: `class StoreError extends errorClass(STORE_ERRORS) {}`. */
export function errorClass<T extends ErrorTable>(table: T): ErrorClass<keyof T & string> {
  return class extends NgflowError {
    declare readonly code: keyof T & string;

    constructor(code: keyof T & string, message: string, options?: { cause?: unknown }) {
      super(code, message, EXIT[table[code]!.exit], options);
      this.name = new.target.name;
    }
  };
}

/**
 * An error that keeps its code and exit status on the way from another thread or process, or under a longer message.
 */
export class RelayedError extends NgflowError {
  constructor({ code, message, exit }: Failure, options?: { cause?: unknown }) {
    super(code, message, exit, options);
  }
}

/** The part of an error that crosses to another thread or process. */
export function failureOf({ code, message, exit }: Failure): Failure {
  return { code, message, exit };
}
