/** What a worker reports, as far as it concerns its faults. */
interface WorkerReport {
  readonly kind: string;
  readonly error?: Error;
}

/**
 * Collects the faults that a worker reports. On a busy machine a connection may take longer than the 1.5 s of production; it is
 * then opened again, and that is no fault.
 */
export const collectFaults =
  (faults: Error[]) =>
  ({ error }: WorkerReport): void => {
    if (error && error.message !== 'connect ETIMEDOUT') faults.push(error);
  };
