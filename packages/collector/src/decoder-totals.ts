/** Totals of the decoder, named as in metrics.ts. Those of sequence numbers cover only sessions that were dropped. */
export interface DecoderTotals {
  datagramsNotAllowed: number;
  recordsDecoded: number;
  recordsCompiled: number;
  plansCompiled: number;
  recordsLimited: number;
  recordsOverRate: number;
  proxyHeadersInvalid: number;
  recordsWithoutKey: number;
  recordsOfUnlistedExporters: number;
  extraValuesNotKept: number;
  optionRecords: number;
  counterRecords: number;
  rowsWritten: number;
  rowsRefused: number;
  setsRecovered: number;
  setsOverBudget: number;
  templateWithdrawalsIgnored: number;
  internalErrors: number;
  sequenceGaps: number;
  sequenceResets: number;
  datagramsReordered: number;
  recordsLost: number;
}

/** Totals that are all 0. */
export function newDecoderTotals(): DecoderTotals {
  return {
    datagramsNotAllowed: 0,
    recordsDecoded: 0,
    recordsCompiled: 0,
    plansCompiled: 0,
    recordsLimited: 0,
    recordsOverRate: 0,
    proxyHeadersInvalid: 0,
    recordsWithoutKey: 0,
    recordsOfUnlistedExporters: 0,
    extraValuesNotKept: 0,
    optionRecords: 0,
    counterRecords: 0,
    rowsWritten: 0,
    rowsRefused: 0,
    setsRecovered: 0,
    setsOverBudget: 0,
    templateWithdrawalsIgnored: 0,
    internalErrors: 0,
    sequenceGaps: 0,
    sequenceResets: 0,
    datagramsReordered: 0,
    recordsLost: 0,
  };
}
