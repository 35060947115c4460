/** Whether another process started this daemon and receives its reports. */
export function hasParent(): boolean {
  return process.send !== undefined;
}
