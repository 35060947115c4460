/** Where the services have their data. */
export const DATA = "/var/lib/ngflow";
