/** Data directory of the services. */
export const DATA = "/var/lib/ngflow";
