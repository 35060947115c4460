/** Name of the interface that the generator feeds. */
export const DEMO_INTERFACE = "demo0";
