import { randomBytes } from 'node:crypto';
import { digestOf } from '../middleware/key-ring.ts';

const [name = ''] = process.argv.slice(2);
if (!/^[a-z0-9][a-z0-9_-]{0,39}$/.test(name)) {
  process.stderr.write(
    'Usage: npm run key -- name\nA name has up to 40 lower-case letters, digits, "-" or "_".\n',
  );
  process.exit(2);
}
const key = `cg_${randomBytes(24).toString('base64url')}`;
process.stderr.write(
  'The key, which is shown only once, and its entry for API_KEYS (a caller) or ADMIN_KEYS (an operator):\n',
);
process.stdout.write(`${key}\n${name}:${digestOf(key).toString('hex')}\n`);
