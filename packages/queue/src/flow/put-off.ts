/** The strand can go on only later: its job is put off, and its worker is free. */
export class PutOff extends Error {
  override readonly name = 'PutOff';
  /** Milliseconds since 1970. */
  readonly until: number;

  constructor(until: number) {
    super('put off');
    this.until = until;
  }
}
