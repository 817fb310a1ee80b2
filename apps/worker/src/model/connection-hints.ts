/** What a failed connection means and what to do, by the system's error code. */
interface ConnectionHint {
  readonly code: RegExp;
  readonly hint: string;
  /** Whether it also happens to a server that works. */
  readonly passes?: boolean;
}

const SCHEME = 'Does the address need http:// instead of https://, or the other way round?';

const HINTS: readonly ConnectionHint[] = [
  {
    code: /^ECONNREFUSED$/,
    hint: 'Nothing listens there. Is the server running? In a container, localhost is the container itself',
  },
  { code: /^(ENOTFOUND|EAI_AGAIN)$/, hint: 'The host name is unknown here, or there is no network' },
  { code: /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/, hint: 'The host or its network cannot be reached' },
  {
    code: /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/,
    hint: 'The host does not accept connections. Is the server running?',
  },
  {
    code: /^(ERR_SSL_(WRONG_VERSION|PACKET_LENGTH)|EPROTO)/,
    hint: `The server does not speak TLS there. ${SCHEME}`,
  },
  {
    code: /^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_)/,
    hint: 'The TLS connection failed. For a private certificate set NODE_EXTRA_CA_CERTS',
  },
  {
    code: /^HTTP_PARSER/,
    hint: 'The server does not speak HTTP there. Does the address need https:// or another port?',
  },
  {
    code: /^(ECONNRESET|UND_ERR_SOCKET)$/,
    hint: `The server closed the connection. ${SCHEME}`,
    passes: true,
  },
];

/** The hint for an error code of a server that has never worked; null if there is none. */
export const hintOf = (code: string): string | null => HINTS.find((one) => one.code.test(code))?.hint ?? null;

/** The hint for an error code that means a wrong address; null if the server may only fail for a while. */
export function addressHintOf(code: string): string | null {
  const found = HINTS.find((one) => one.code.test(code));
  return found === undefined || found.passes ? null : found.hint;
}
