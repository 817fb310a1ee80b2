import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import type { ServerOptions } from './server.ts';

/** A certificate authority, and a certificate for 127.0.0.1 that it issued. */
export interface Certificates extends AsyncDisposable {
  /** File with the certificate of the authority. */
  readonly authority: string;
  /** Files with the server's certificate and its private key. */
  readonly certificate: string;
  readonly key: string;
  /** Options of a server that uses the certificate and requires none of its clients. */
  readonly tls: NonNullable<ServerOptions['tls']>;
}

const run = promisify(execFile);

/** Issues a certificate. This process trusts the authority until disposal; others need `NODE_EXTRA_CA_CERTS`. */
export async function issueCertificates(): Promise<Certificates> {
  const dir = await mkdtemp(join(tmpdir(), 'codegen-tls-'));
  const [authority, authorityKey, key, request, certificate, names] = [
    'ca.crt',
    'ca.key',
    'server.key',
    'server.csr',
    'server.crt',
    'names',
  ].map((name) => join(dir, name)) as [string, string, string, string, string, string];
  const openssl = (...args: string[]) => run('openssl', args);
  const keys = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await writeFile(names, 'subjectAltName=IP:127.0.0.1');
  await openssl(
    'req',
    '-x509',
    ...keys,
    '-keyout',
    authorityKey,
    '-out',
    authority,
    '-subj',
    '/CN=authority',
  );
  await openssl('req', ...keys, '-keyout', key, '-out', request, '-subj', '/CN=redis');
  const signing = ['-CA', authority, '-CAkey', authorityKey, '-CAcreateserial', '-extfile', names];
  await openssl('x509', '-req', '-in', request, '-out', certificate, ...signing);

  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, await readFile(authority, 'utf8')]);
  return {
    authority,
    certificate,
    key,
    tls: {
      config: [
        `tls-cert-file ${certificate}`,
        `tls-key-file ${key}`,
        `tls-ca-cert-file ${authority}`,
        'tls-auth-clients no',
      ],
      client: ['--tls', '--cacert', authority],
    },
    async [Symbol.asyncDispose]() {
      setDefaultCACertificates(trusted);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
