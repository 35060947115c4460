import { EXIT, type ExitName, NgflowError } from "@ngflow/base";

/** An NgflowError on its way to another thread or process. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exit: number;
}

export function failureOf({ code, message, exit }: NgflowError): Failure {
  return { code, message, exit };
}

export function errorOf({ code, message, exit }: Failure): NgflowError {
  const names = Object.entries(EXIT) as [ExitName, number][];
  return new NgflowError(code, message, names.find(([, number]) => number === exit)?.[0] ?? "os");
}
