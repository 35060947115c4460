import { getSystemErrorMap } from "node:util";

/** Why a system call failed, in words for people: "no such file or directory"; other errors keep their message. */
export function systemReason(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno);
  return known?.[1] ?? message;
}
