import { ERRNO, type ErrnoName, strerror } from "@ngflow/base";

/** A control operation refused with an errno. The control plane throws it; the data path returns the number. */
export class NgError extends Error {
  readonly errno: number;

  constructor(name: ErrnoName | number) {
    const errno = typeof name === "number" ? name : ERRNO[name][0];
    super(strerror(errno));
    this.name = "NgError";
    this.errno = errno;
  }
}
