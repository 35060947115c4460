/** Values of flowEndReason (IPFIX element 136). */
export const END_IDLE = 1;
export const END_ACTIVE = 2;
export const END_OF_FLOW = 3;
export const END_FORCED = 4;
export const END_RESOURCES = 5;
