/** Rows that a source has made in a period. */
export class RowCount {
  period = 0;
  rows = 0;
}
