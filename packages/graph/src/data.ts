/** What the data path needs of this package, without the rest: loads in no time. */
export { E, ERRNO, type ErrnoName, strerror } from "./errno.ts";
export { NgError } from "./ng-error.ts";
export { PacketBatch, packetsOf } from "./packet-batch.ts";
