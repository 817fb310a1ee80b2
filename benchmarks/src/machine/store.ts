/** A database of the system under test, in a process and a folder of its own. */
export interface Store extends AsyncDisposable {
  readonly kind: 'redis' | 'postgres';
  readonly url: string;
  readonly pid: number;
}
