/** A failure of the simulator's own endpoints, as RFC 9457 words it. */
export class Problem extends Error {
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, title: string, details: Readonly<Record<string, unknown>>) {
    super(title);
    this.status = status;
    this.details = details;
  }
}
